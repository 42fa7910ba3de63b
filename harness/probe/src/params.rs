//! Query and form parameters, in order, repeated where a case wants them repeated, encoded exactly once.

use std::fmt::Write as _;

/// An ordered list of parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<Param>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Param {
    name: String,
    value: String,
    /// The name and value are already encoded as they should be sent.
    raw: bool,
}

impl Params {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Params::default()
    }

    /// Sets a parameter in its place, or adds it at the end; further parameters of that name go.
    pub fn set(&mut self, name: &str, value: &str) {
        let place = self.0.iter().position(|p| p.name == name).unwrap_or(self.0.len());
        self.remove(name);
        self.0.insert(place, Param { name: name.into(), value: value.into(), raw: false });
    }

    /// Adds a parameter at the end, whether or not one of that name exists.
    pub fn add(&mut self, name: &str, value: &str) {
        self.0.push(Param { name: name.into(), value: value.into(), raw: false });
    }

    /// Adds a parameter whose name and value are sent as they are, without encoding.
    pub fn add_raw(&mut self, name: &str, value: &str) {
        self.0.push(Param { name: name.into(), value: value.into(), raw: true });
    }

    /// Removes every parameter of a name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|p| p.name != name);
    }

    /// The first value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|p| p.name == name).map(|p| p.value.as_str())
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |p| p.name == name).map(|p| p.value.as_str())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|p| (p.name.as_str(), p.value.as_str()))
    }

    /// The parameters as members of a JSON object, for cases that send what is not a form.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.iter().map(|(name, value)| (name.to_owned(), serde_json::Value::from(value))).collect()
    }

    /// The parameters as `application/x-www-form-urlencoded`, with a space as `%20` so that it reads the same in a query.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        for param in &self.0 {
            if !out.is_empty() {
                out.push('&');
            }
            if param.raw {
                out.push_str(&param.name);
                out.push('=');
                out.push_str(&param.value);
            } else {
                percent_encode_into(&param.name, &mut out);
                out.push('=');
                percent_encode_into(&param.value, &mut out);
            }
        }
        out
    }

    /// Decodes a query or form body.
    #[must_use]
    pub fn decode(text: &str) -> Self {
        url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| Param { name: name.into_owned(), value: value.into_owned(), raw: false })
            .collect::<Vec<_>>()
            .into()
    }

    /// The parameters in the query and in the fragment of a URL-like string, without normalising it.
    #[must_use]
    pub fn of_url(url: &str) -> Self {
        let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
        let query = before.split_once('?').map_or("", |(_, q)| q);
        let mut params = Params::decode(query);
        // A bare anchor such as `#_` is decoration, not a parameter.
        if fragment.contains('=') {
            params.0.extend(Params::decode(fragment).0);
        }
        params
    }
}

impl From<Vec<Param>> for Params {
    fn from(list: Vec<Param>) -> Self {
        Params(list)
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Params {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let mut params = Params::new();
        for (name, value) in pairs {
            params.add(name, value);
        }
        params
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 §2.3.
#[must_use]
pub fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    percent_encode_into(text, &mut out);
    out
}

fn percent_encode_into(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_their_order_and_are_encoded_once() {
        let mut params: Params = [("a", "1 2"), ("b", "x")].into_iter().collect();
        params.set("a", "https://h/%2e");
        params.add("b", "y");
        params.add_raw("c", "%7E");
        assert_eq!(params.encode(), "a=https%3A%2F%2Fh%2F%252e&b=x&b=y&c=%7E");
        params.remove("b");
        assert_eq!(params.get("b"), None);
    }

    #[test]
    fn a_url_gives_its_query_and_fragment() {
        let params = Params::of_url("https://h/cb?tenant=1&code=a%2Bb#state=s");
        assert_eq!(params.get("code"), Some("a+b"));
        assert_eq!(params.get("state"), Some("s"));
        assert!(Params::of_url("https://h/cb#_").is_empty());
    }
}
