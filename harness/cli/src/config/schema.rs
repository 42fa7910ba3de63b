//! The JSON Schema of the configuration, for editors. It is committed, so that it has an address.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::Config;

/// The JSON Schema of `proofmark.toml`.
pub(crate) fn schema() -> Value {
    // Draft 7 is the newest that editors of TOML understand.
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Config>().to_value();
    tidy(&mut schema);
    let mut whole = Map::new();
    whole.insert("$schema".into(), schema["$schema"].take());
    whole.insert("title".into(), "Configuration of Proofmark".into());
    if let Value::Object(mut schema) = schema {
        schema.shift_remove("$schema");
        schema.shift_remove("title");
        whole.append(&mut schema);
    }
    Value::Object(whole)
}

/// The schema as a file.
pub(crate) fn text() -> String {
    // Serialising our own data cannot fail.
    serde_json::to_string_pretty(&schema()).unwrap_or_default() + "\n"
}

/// Takes out what only JSON has: TOML knows no null, and its editors show a description as it stands.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(tidy);
            without_null(members);
            // The names of Rust's numbers, which say nothing that the limits do not.
            if members.get("format").is_some_and(Value::is_string) {
                members.shift_remove("format");
            }
            for member in ["description", "title"] {
                if let Some(Value::String(text)) = members.get_mut(member) {
                    *text = text.replace('\n', " ").replace('`', "");
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn without_null(members: &mut Map<String, Value>) {
    let is_null = |schema: &Value| *schema == serde_json::json!({ "type": "null" });
    if members.get("default").is_some_and(Value::is_null) {
        members.shift_remove("default");
    }
    if let Some(Value::Array(kinds)) = members.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = &mut kinds[..] {
            let kind = kind.take();
            members.insert("type".into(), kind);
        }
    }
    if let Some(Value::Array(either)) = members.get_mut("anyOf")
        && either.iter().any(is_null)
    {
        either.retain(|schema| !is_null(schema));
        if either.len() == 1 {
            // Beside a `$ref` the description would not count.
            if let Some(only) = members.shift_remove("anyOf") {
                members.insert("allOf".into(), only);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/proofmark.schema.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, text()).expect("the schema is written");
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == text(), "{path} is stale: UPDATE_GOLDEN=1 cargo test -p proofmark-cli");
    }

    #[test]
    fn the_schema_and_the_parser_agree() {
        let validator = jsonschema::validator_for(&schema()).expect("a valid schema");
        let cases = [
            ("url = \"https://h/mcp\"\njobs = 2\n[timing]\nleeway = 0.5\n", true),
            ("[clients.public]\nid = \"c\"\nsecret = { env = \"A\" }\nredirect_uris = []\n", true),
            ("[registration]\nmetadata = { contacts = [\"a@h\"] }\nway = \"dynamic\"\n", true),
            ("[[login.step]]\nfill = { otp = \"{totp}\", pin = { file = \"pin\" } }\n", true),
            ("[scopes]\nread_arguments = { text = \"x\" }\n", true),
            ("ulr = \"https://h/mcp\"\n", false),
            ("[clients.public]\nid = \"c\"\nsecret = \"s\"\n", false),
            ("[clients.public]\nsecret = { env = \"A\" }\n", false),
            ("[tokens]\naccess = { env = \"A\", file = \"b\" }\n", false),
            ("[tokens]\naccess = {}\n", false),
            ("[[login.step]]\nfill = { pin = { variable = \"A\" } }\n", false),
            ("[network]\nresolve = \"h:1:127.0.0.1\"\n", false),
            ("jobs = 70000\n", false),
            ("jobs = 0\n", false),
        ];
        for (text, right) in cases {
            let parsed = toml::from_str::<Config>(text);
            assert_eq!(parsed.is_ok(), right, "{text}: {parsed:?}");
            let value: Value = toml::from_str(text).expect("TOML");
            let complaints: Vec<_> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
            assert_eq!(complaints.is_empty(), right, "{text}: {complaints:?}");
        }
    }

    #[test]
    fn every_listed_value_is_understood() {
        let schema = schema();
        let listed = |pointer: &str| -> Vec<String> {
            let values = schema.pointer(pointer).and_then(Value::as_array).expect(pointer);
            values.iter().map(|v| v.as_str().expect("a text").to_owned()).collect()
        };
        let ways = listed("/definitions/LoginConfig/properties/ways/items/enum");
        assert_eq!(ways, proofmark_probe::settings::Rung::ALL.map(|rung| rung.as_str().to_owned()));
        let revisions = listed("/properties/spec/enum");
        for revision in proofmark_model::Revision::ALL {
            assert!(revisions.contains(&revision.to_string()), "{revision}");
        }
        for revision in revisions {
            assert!(crate::settings::spec("spec", Some(&revision)).is_ok(), "{revision}");
        }
        for way in listed("/definitions/RegistrationConfig/properties/way/enum") {
            assert!(crate::settings::getting_in::way("way", &way).is_ok(), "{way}");
        }
    }

    #[test]
    fn every_key_is_documented() {
        fn undocumented(at: &str, schema: &Value, found: &mut Vec<String>) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if property["description"].as_str().is_none_or(str::is_empty) {
                    found.push(format!("{at}.{name}"));
                }
            }
        }
        let (schema, mut found) = (schema(), Vec::new());
        undocumented("", &schema, &mut found);
        for (name, definition) in schema["definitions"].as_object().expect("definitions") {
            undocumented(name, definition, &mut found);
        }
        assert_eq!(found, Vec::<String>::new());
    }
}
