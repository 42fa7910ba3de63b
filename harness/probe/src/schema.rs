//! JSON Schemas of our own for the documents a target serves. They hold the shape that the specifications demand; what
//! they leave to choice is judged by cases.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// A document of which we know the shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// OAuth 2.0 Protected Resource Metadata (RFC 9728 §2).
    ResourceMetadata,
    /// Authorization server metadata (RFC 8414 §2) and OpenID provider metadata.
    ServerMetadata,
    /// A client information response (RFC 7591 §3.2.1).
    ClientInformation,
    /// A token response (OAuth 2.1 §3.2.3).
    TokenResponse,
    /// A JSON-RPC response.
    RpcResponse,
}

/// The most problems that are listed.
const MOST: usize = 5;

impl Schema {
    /// What does not conform, each with the place in the document; empty when all does.
    #[must_use]
    pub fn problems(self, document: &Value) -> Vec<String> {
        match self.validator() {
            Some(validator) => validator
                .iter_errors(document)
                .take(MOST)
                .map(|error| {
                    let path = error.instance_path().to_string();
                    let place = if path.is_empty() { "the document".to_owned() } else { path };
                    format!("{place}: {}", crate::http::cut(&error.to_string(), 200))
                })
                .collect(),
            None => vec!["the schema of this document is broken, which is a bug of Proofmark".into()],
        }
    }

    fn validator(self) -> Option<&'static Validator> {
        static ALL: OnceLock<Vec<Option<Validator>>> = OnceLock::new();
        ALL.get_or_init(|| {
            [resource_metadata(), server_metadata(), client_information(), token_response(), rpc_response()]
                .iter()
                .map(|schema| jsonschema::validator_for(schema).ok())
                .collect()
        })
        .get(self as usize)?
        .as_ref()
    }
}

fn strings() -> Value {
    json!({"type": "array", "items": {"type": "string", "minLength": 1}})
}

fn absolute_url() -> Value {
    json!({"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9+.-]*://[^\\s]+$"})
}

fn resource_metadata() -> Value {
    json!({
        "type": "object",
        "required": ["resource"],
        "properties": {
            "resource": absolute_url(),
            "authorization_servers": {"type": "array", "items": absolute_url()},
            "jwks_uri": absolute_url(),
            "scopes_supported": strings(),
            "bearer_methods_supported": {"type": "array", "items": {"enum": ["header", "body", "query"]}},
            "resource_signing_alg_values_supported": strings(),
            "resource_name": {"type": "string"},
            "resource_documentation": absolute_url(),
            "resource_policy_uri": absolute_url(),
            "resource_tos_uri": absolute_url(),
            "tls_client_certificate_bound_access_tokens": {"type": "boolean"},
            "dpop_bound_access_tokens_required": {"type": "boolean"},
            "signed_metadata": {"type": "string"}
        }
    })
}

fn server_metadata() -> Value {
    json!({
        "type": "object",
        "required": ["issuer", "response_types_supported"],
        "properties": {
            "issuer": absolute_url(),
            "authorization_endpoint": absolute_url(),
            "token_endpoint": absolute_url(),
            "registration_endpoint": absolute_url(),
            "revocation_endpoint": absolute_url(),
            "introspection_endpoint": absolute_url(),
            "userinfo_endpoint": absolute_url(),
            "pushed_authorization_request_endpoint": absolute_url(),
            "jwks_uri": absolute_url(),
            "scopes_supported": strings(),
            "response_types_supported": strings(),
            "response_modes_supported": strings(),
            "grant_types_supported": strings(),
            "token_endpoint_auth_methods_supported": strings(),
            "revocation_endpoint_auth_methods_supported": strings(),
            "introspection_endpoint_auth_methods_supported": strings(),
            "code_challenge_methods_supported": strings(),
            "authorization_response_iss_parameter_supported": {"type": "boolean"},
            "client_id_metadata_document_supported": {"type": "boolean"},
            "require_pushed_authorization_requests": {"type": "boolean"}
        }
    })
}

fn client_information() -> Value {
    json!({
        "type": "object",
        "required": ["client_id"],
        "properties": {
            "client_id": {"type": "string", "minLength": 1},
            "client_secret": {"type": "string"},
            "client_id_issued_at": {"type": "integer", "minimum": 0},
            "client_secret_expires_at": {"type": "integer", "minimum": 0},
            "redirect_uris": {"type": "array", "items": {"type": "string"}},
            "grant_types": strings(),
            "response_types": strings(),
            "token_endpoint_auth_method": {"type": "string"},
            "registration_client_uri": absolute_url(),
            "registration_access_token": {"type": "string"},
            "scope": {"type": "string"}
        },
        "if": {"required": ["client_secret"]},
        "then": {"required": ["client_secret_expires_at"]}
    })
}

fn token_response() -> Value {
    json!({
        "type": "object",
        "required": ["access_token", "token_type"],
        "properties": {
            "access_token": {"type": "string", "minLength": 1, "pattern": "^[\\x20-\\x7E]+$"},
            "token_type": {"type": "string", "minLength": 1},
            "expires_in": {"type": "integer", "minimum": 0},
            "refresh_token": {"type": "string", "minLength": 1},
            "scope": {"type": "string"}
        }
    })
}

fn rpc_response() -> Value {
    json!({
        "type": "object",
        "required": ["jsonrpc"],
        "properties": {
            "jsonrpc": {"const": "2.0"},
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}
            }
        },
        "oneOf": [{"required": ["result"]}, {"required": ["error"]}]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_its_place() {
        let problems =
            Schema::TokenResponse.problems(&json!({"access_token": "t", "token_type": "Bearer", "expires_in": "60"}));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("/expires_in"), "{problems:?}");
        assert!(Schema::ResourceMetadata.problems(&json!({})).iter().any(|p| p.contains("resource")));
        assert!(
            Schema::ServerMetadata
                .problems(&json!({"issuer": "https://h", "response_types_supported": ["code"]}))
                .is_empty()
        );
        assert!(!Schema::RpcResponse.problems(&json!({"jsonrpc": "2.0"})).is_empty());
    }
}
