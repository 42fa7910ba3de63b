use serde_json::json;

use super::*;

fn sample(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/tests").join(name);
    std::fs::read_to_string(path).expect("a sample")
}

fn complaint(text: &str) -> String {
    private_key(text).expect_err("no key that could be used").to_string()
}

#[test]
fn a_key_is_read_from_every_usual_form() {
    for (file, algorithm) in [
        ("rsa-pkcs8.pem", "RS256"),
        ("rsa-pkcs1.pem", "RS256"),
        ("p256-pkcs8.pem", "ES256"),
        ("p256-sec1.pem", "ES256"),
        ("p256-sec1-params.pem", "ES256"),
        ("ed25519-pkcs8.pem", "EdDSA"),
    ] {
        let key = private_key(&sample(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!((key.algorithm(), key.kid()), (algorithm, None), "{file}");
    }
    let forms = ["rsa-pkcs8.pem", "rsa-pkcs1.pem"].map(|f| private_key(&sample(f)).expect("a key").thumbprint());
    assert_eq!(forms[0], forms[1]);
    let forms = ["p256-pkcs8.pem", "p256-sec1.pem"].map(|f| private_key(&sample(f)).expect("a key").thumbprint());
    assert_eq!(forms[0], forms[1]);
}

#[test]
fn a_jwk_brings_its_identifier_and_its_algorithm() {
    // RFC 8037 appendix A.1, and its thumbprint from A.3.
    let ed = json!({"kty": "OKP", "crv": "Ed25519", "kid": "mine", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let key = private_key(&ed.to_string()).expect("a key");
    assert_eq!((key.algorithm(), key.kid()), ("EdDSA", Some("mine")));
    assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    // RFC 7517 appendix A.2.
    let ec = json!({"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"});
    assert_eq!(private_key(&ec.to_string()).expect("a key").algorithm(), "ES256");
    let mut pss = rsa_jwk();
    pss["alg"] = "PS256".into();
    assert_eq!(private_key(&pss.to_string()).expect("a key").algorithm(), "PS256");
    pss["alg"] = "ES256".into();
    assert!(complaint(&pss.to_string()).contains("such a key signs by RS256 or PS256"));
}

/// RFC 7517 appendix A.2.
fn rsa_jwk() -> Value {
    json!({"kty": "RSA", "e": "AQAB",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "d": "X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q",
    "p": "83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs",
    "q": "3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk",
    "dp": "G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0",
    "dq": "s9lAH9fggBsoFR8Oac2R_E2gw282rT2kGOAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L18txXw494Q_cgk",
    "qi": "GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU"})
}

#[test]
fn what_cannot_be_used_is_named() {
    for (text, said) in [
        (sample("encrypted.pem"), "encrypted PEM"),
        (sample("encrypted-pkcs1.pem"), "encrypted PEM"),
        (sample("p384-pkcs8.pem"), "an EC key on P-384; ES256 needs P-256"),
        (sample("p384-sec1.pem"), "an EC key on P-384; ES256 needs P-256"),
        (sample("public.pem"), "not a private key, but a public key"),
        (sample("rsa-1024.pem"), "less than 2048 bits"),
        (sample("ed448.pem"), "an Ed448 key"),
        (sample("p256-pkcs8.pem").replace("-----END", "-----STOP"), "damaged"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----".into(), "but certificate"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n".into(), "ssh-keygen"),
        (String::new(), "empty"),
        ("hello".into(), "neither a PEM"),
        ("{not json".into(), "no JSON: line 1"),
        (json!({"keys": []}).to_string(), "a set of keys"),
        (json!({"kty": "EC", "crv": "P-256", "x": "", "y": ""}).to_string(), "a public JWK"),
        (json!({"kty": "EC", "crv": "P-521", "d": ""}).to_string(), "an EC key on P-521"),
        (json!({"kty": "RSA", "d": "AQ", "n": "AQ", "e": "AQ"}).to_string(), "lacks the member p"),
        (json!({"kty": "oct", "k": "c2VjcmV0"}).to_string(), "symmetric"),
        (json!({"kty": "EC", "crv": "P-256", "d": "*", "x": "", "y": ""}).to_string(), "d of the JWK is not base64url"),
    ] {
        let seen = complaint(&text);
        assert!(seen.contains(said), "{seen}");
    }
}

#[test]
fn a_complaint_holds_nothing_of_the_key() {
    let mut jwk = rsa_jwk();
    jwk["dp"] = jwk["dq"].clone();
    let secrets = ["d", "p", "q", "dq"].map(|m| jwk[m].as_str().expect("a member").to_owned());
    let said = complaint(&jwk.to_string());
    assert!(secrets.iter().all(|s| !said.contains(&s[..8])), "{said}");
    let cut = jwk.to_string();
    let said = complaint(&cut[..cut.len() - 30]);
    assert!(secrets.iter().all(|s| !said.contains(&s[..8])), "{said}");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}", cut in 0usize..230, at in 0usize..230, byte: u8) {
        let _ = private_key(&text);
        let mut pem = sample("p256-sec1.pem").into_bytes();
        let at = at % pem.len();
        pem[at] = byte;
        let _ = private_key(&String::from_utf8_lossy(&pem[..cut.min(pem.len())]));
        let _ = private_key(&String::from_utf8_lossy(&pem));
    }
}

#[test]
fn a_fresh_key_reads_back_and_no_two_are_alike() {
    let fresh = || SigningKey::fresh_pem().expect("randomness");
    let (one, other) = (fresh(), fresh());
    assert!(one.lines().all(|line| line.len() <= 64), "{one}");
    let read = |pem: &str| SigningKey::parse(pem).expect("a key");
    assert_eq!(read(&one).algorithm(), "ES256");
    assert_eq!(read(&one).thumbprint(), read(&one).thumbprint());
    assert_ne!(read(&one).thumbprint(), read(&other).thumbprint());
}
