//! What protected resource metadata says.

use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::model::Area;
use proofmark_probe::profile::Route;
use proofmark_probe::schema::Schema;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop, violated};
use serde_json::Value;

use super::place::documents;
use crate::requirements::mcp::discovery::{PRM_NO_OFFLINE_ACCESS, PRM_RESOURCE_CANONICAL};
use crate::requirements::oauth21::registration::PRM_SCOPES_ARE_NAMES;
use crate::requirements::rfc9728::{
    PRM_HEADER_METHOD, PRM_LISTS_SCOPES, PRM_NAMES_THIS_SERVER, PRM_NAMES_THIS_SERVER_EXACTLY, PRM_NO_EMPTY_ARRAYS,
    PRM_RESOURCE_IS_URL, PRM_WELL_FORMED,
};

/// The document that clients use, with the answer that holds it.
pub(super) fn document(probe: &Probe) -> Result<(Reply, Value), Stop> {
    let found = probe.profile().resource_document().map(|(f, d)| (f.reply.clone(), d));
    found.ok_or_else(|| Stop::not_applicable("no protected resource metadata was found"))
}

pub(crate) static WELL_FORMED: Case = Case {
    id: "mcp.resource-metadata.well-formed",
    title: "The members of the resource metadata have the right types",
    why: "A client that expects a list does not see what is in a string.",
    area: Area::Discovery,
    covers: &[&PRM_WELL_FORMED],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(well_formed(probe)),
    ..Case::PLAIN
};

async fn well_formed(probe: &mut Probe) -> Steps {
    let (reply, mut document) = document(probe)?;
    // A way to present a token that RFC 9728 does not know is an extension, not a wrong type.
    if let Some(methods) = document.get_mut("bearer_methods_supported").and_then(Value::as_array_mut) {
        methods.retain(|m| !m.is_string() || ["header", "body", "query"].iter().any(|known| m == known));
    }
    probe.expect(&PRM_WELL_FORMED, &reply, |_| conforms(Schema::ResourceMetadata, &document));
    Ok(())
}

/// A document fits our schema of it.
pub(crate) fn conforms(schema: Schema, document: &Value) -> Judgement {
    let problems = schema.problems(document);
    if problems.is_empty() {
        return met("every known member has its type");
    }
    violated("members of the types that the specification gives them", problems.join("; "))
}

pub(crate) static NO_EMPTY_ARRAYS: Case = Case {
    id: "mcp.resource-metadata.no-empty-arrays",
    title: "The resource metadata has no empty lists",
    why: "An empty list can be read as 'none' or as 'not said'.",
    area: Area::Discovery,
    covers: &[&PRM_NO_EMPTY_ARRAYS],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(no_empty_arrays(probe)),
    ..Case::PLAIN
};

async fn no_empty_arrays(probe: &mut Probe) -> Steps {
    let (reply, document) = document(probe)?;
    // RFC 9728 §2 gives an empty list of bearer methods a meaning.
    probe.expect(&PRM_NO_EMPTY_ARRAYS, &reply, |_| {
        lacks_empty_arrays(&document, &["bearer_methods_supported", "authorization_servers"])
    });
    Ok(())
}

/// No list of a document is empty, but for those that are judged elsewhere.
pub(crate) fn lacks_empty_arrays(document: &Value, but: &[&str]) -> Judgement {
    let members = document.as_object().into_iter().flatten();
    let empty: Vec<_> = members
        .filter(|(name, value)| value.as_array().is_some_and(Vec::is_empty) && !but.contains(&name.as_str()))
        .map(|(name, _)| name.as_str())
        .collect();
    holds(empty.is_empty(), "no list without elements", format!("an empty list in {}", empty.join(", ")))
        .and(|| met("no list is empty"))
}

pub(crate) static NAMES_THIS_SERVER: Case = Case {
    id: "mcp.resource-metadata.names-this-server",
    title: "The resource metadata is about the MCP server that it was found for",
    why: "A client that takes a token for another resource to this server gives that token away.",
    area: Area::Discovery,
    covers: &[&PRM_NAMES_THIS_SERVER, &PRM_NAMES_THIS_SERVER_EXACTLY],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(names_this_server(probe)),
    ..Case::PLAIN
};

async fn names_this_server(probe: &mut Probe) -> Steps {
    let url = probe.profile().mcp_url.clone();
    let all = documents(probe);
    let others = all.iter().any(|(f, _)| f.route != Route::Root);
    let mut judged = false;
    for (found, document) in &all {
        let named = document.get("resource").and_then(Value::as_str).unwrap_or_default();
        let fit = Fit::of(named, &url);
        let of_root = found.route == Route::Root && fit != Fit::Exact;
        // The document at the root may describe the origin, or a neighbour of this endpoint.
        if named.is_empty() || (of_root && (others || fit == Fit::Near)) {
            continue;
        }
        judged = true;
        probe.row(found.url.clone());
        probe.expect(&PRM_NAMES_THIS_SERVER, &found.reply, |_| fit.judge(fit != Fit::Other, named, &url));
        probe.expect(&PRM_NAMES_THIS_SERVER_EXACTLY, &found.reply, |_| fit.judge(fit == Fit::Exact, named, &url));
    }
    if !judged {
        return Err(Stop::not_applicable("no document names a resource that would have to be this server"));
    }
    Ok(())
}

/// How well a resource identifier fits a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The same, but for the case of scheme and host.
    Exact,
    /// A final slash or a parent path apart, on the same origin.
    Near,
    /// Something else.
    Other,
}

impl Fit {
    fn of(named: &str, url: &str) -> Fit {
        let (named, url) = (folded(named), folded(url));
        let path = |u: &str| u.trim_end_matches('/').to_owned();
        let parent = path(&named);
        let above = path(&url).strip_prefix(&parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match () {
            () if named == url => Fit::Exact,
            () if above && parent.matches('/').count() >= 2 => Fit::Near,
            () => Fit::Other,
        }
    }

    fn judge(self, fits: bool, named: &str, url: &str) -> Judgement {
        holds(fits, format!("the resource {url}"), format!("the resource {named}"))
    }
}

/// A URL with scheme and host in lower case.
fn folded(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    format!("{}://{}{}", scheme.to_ascii_lowercase(), rest[..end].to_ascii_lowercase(), &rest[end..])
}

pub(crate) static RESOURCE_IS_URL: Case = Case {
    id: "mcp.resource-metadata.resource-is-url",
    title: "The resource identifier is an https URL in canonical form, without fragment",
    why: "Identifiers are compared as strings; an odd form never matches.",
    area: Area::Discovery,
    covers: &[&PRM_RESOURCE_IS_URL, &PRM_RESOURCE_CANONICAL],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(resource_is_url(probe)),
    ..Case::PLAIN
};

async fn resource_is_url(probe: &mut Probe) -> Steps {
    let (reply, document) = document(probe)?;
    let loopback = probe.profile().is_loopback();
    let Some(named) = document.get("resource").and_then(Value::as_str).map(str::to_owned) else {
        probe.moot(&PRM_RESOURCE_IS_URL, "the document names no resource");
        probe.moot(&PRM_RESOURCE_CANONICAL, "the document names no resource");
        return Ok(());
    };
    probe.expect(&PRM_RESOURCE_IS_URL, &reply, |_| is_secure_url(&named, loopback));
    probe.expect(&PRM_RESOURCE_CANONICAL, &reply, |_| is_canonical(&named));
    Ok(())
}

/// An absolute https URL without fragment; on this machine http is how everybody develops.
pub(crate) fn is_secure_url(url: &str, loopback: bool) -> Judgement {
    let secure = url.starts_with("https://") || url.starts_with("HTTPS://");
    let local = loopback && url.to_ascii_lowercase().starts_with("http://");
    holds((secure || local) && !url.contains('#'), "an https URL without fragment", url.to_owned())
}

fn is_canonical(url: &str) -> Judgement {
    let expected = "lower-case scheme and host, no query, no default port, no slash alone at the end";
    let default_port = |u: &str| {
        u.strip_prefix("https://").is_some_and(|r| r.split(['/', '?', '#']).next().is_some_and(|h| h.ends_with(":443")))
    };
    let slash = url.ends_with('/') && url.matches('/').count() == 3;
    let fine = folded(url) == url && !url.contains('?') && !default_port(url) && !slash;
    holds(fine, expected, url.to_owned())
}

pub(crate) static HEADER_METHOD: Case = Case {
    id: "mcp.resource-metadata.header-method",
    title: "The resource metadata lists the header as a way to present a token",
    why: "It is the one way that MCP clients use.",
    area: Area::Discovery,
    covers: &[&PRM_HEADER_METHOD],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(header_method(probe)),
    ..Case::PLAIN
};

async fn header_method(probe: &mut Probe) -> Steps {
    let (reply, document) = document(probe)?;
    let Some(methods) = document.get("bearer_methods_supported").cloned() else {
        return Err(Stop::not_applicable("the resource metadata does not list ways to present a token"));
    };
    probe.expect(&PRM_HEADER_METHOD, &reply, |_| {
        let listed = methods.as_array().is_some_and(|l| l.iter().any(|v| v == "header"));
        holds(listed, "a list with header in it", format!("bearer_methods_supported is {methods}"))
    });
    Ok(())
}

pub(crate) static SCOPES: Case = Case {
    id: "mcp.resource-metadata.scopes",
    title: "The scopes of the resource metadata are scope names, without offline_access",
    why: "Clients ask for what stands there, name by name.",
    area: Area::Discovery,
    covers: &[&PRM_SCOPES_ARE_NAMES, &PRM_LISTS_SCOPES, &PRM_NO_OFFLINE_ACCESS],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(scopes(probe)),
    ..Case::PLAIN
};

async fn scopes(probe: &mut Probe) -> Steps {
    let (reply, document) = document(probe)?;
    let Some(Value::Array(list)) = document.get("scopes_supported").cloned() else {
        probe.expect(&PRM_LISTS_SCOPES, &reply, |_| violated("a list scopes_supported", "none"));
        probe.moot(&PRM_SCOPES_ARE_NAMES, "there is no list of scopes");
        probe.moot(&PRM_NO_OFFLINE_ACCESS, "there is no list of scopes");
        return Ok(());
    };
    probe.expect(&PRM_LISTS_SCOPES, &reply, |_| met("a list scopes_supported"));
    probe.expect(&PRM_SCOPES_ARE_NAMES, &reply, |_| are_scope_names(&list));
    probe.expect(&PRM_NO_OFFLINE_ACCESS, &reply, |_| {
        let listed = list.iter().any(|v| v == "offline_access");
        holds(!listed, "no offline_access among the scopes of the resource", "offline_access is listed")
            .and(|| met("it is not listed"))
    });
    Ok(())
}

/// One name for each element, of the characters of OAuth 2.1 §1.4.1.
fn are_scope_names(list: &[Value]) -> Judgement {
    let fits = |c: char| matches!(c, '!' | '#'..='[' | ']'..='~');
    let odd = list.iter().find(|v| !v.as_str().is_some_and(|s| !s.is_empty() && s.chars().all(fits)));
    match odd {
        None => met(format!("{} scope names", list.len())),
        Some(odd) => violated("one scope name for each element", format!("{odd}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn near_identifiers_are_told_from_foreign_ones() {
        let url = "https://h/a/mcp";
        assert_eq!(Fit::of("HTTPS://H/a/mcp", url), Fit::Exact);
        for near in ["https://h/a/mcp/", "https://h/a", "https://h", "https://h/"] {
            assert_eq!(Fit::of(near, url), Fit::Near, "{near}");
        }
        for other in ["https://h/a/mc", "https://x/a/mcp", "http://h/a/mcp", "https:", "https://h/other"] {
            assert_eq!(Fit::of(other, url), Fit::Other, "{other}");
        }
    }

    #[test]
    fn urls_are_judged_by_form() {
        assert!(is_secure_url("https://h/mcp", false).is_met() && !is_secure_url("http://h/mcp", false).is_met());
        assert!(
            is_secure_url("http://127.0.0.1/mcp", true).is_met() && !is_secure_url("https://h/mcp#x", true).is_met()
        );
        assert!(is_canonical("https://h/mcp").is_met() && !is_canonical("https://h/").is_met());
        assert!(!is_canonical("https://h:443/mcp").is_met());
    }

    #[test]
    fn lists_are_judged_by_their_elements() {
        assert!(!are_scope_names(&[json!("a b")]).is_met() && are_scope_names(&[json!("a:b")]).is_met());
        assert!(!lacks_empty_arrays(&json!({"x": []}), &[]).is_met());
    }
}
