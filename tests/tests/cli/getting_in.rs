//! What a user can get wrong about clients, users, tokens and the network: each is named as it was written, with exit code
//! 2, before anything is sent.

use crate::{Place, ran};

/// Runs with a configuration that is wrong.
#[track_caller]
fn wrong(sections: &str, words: &[&str]) {
    let place = Place::new();
    place.write("proofmark.toml", &format!("url = \"http://127.0.0.1:1/mcp\"\n{sections}"));
    let ran = place.run(&["run"]);
    ran.must(2, words);
    assert!(!place.path("proofmark-report").exists(), "nothing was run");
    assert!(!ran.text().contains("hunter2"), "{}", ran.text());
}

#[test]
fn a_secret_comes_from_the_environment_a_file_or_a_command() {
    let section = "secret` of [clients.public] in the configuration";
    let places: &[(&str, &[&str])] = &[
        ("\"hunter2\"", &["a secret never stands in the configuration", "proofmark.toml:4", "{ env = \"NAME\" }"]),
        ("3", &["{ env = \"NAME\" }", "proofmark.toml:4"]),
        ("{}", &["it needs `env`, `file` or `command`", "proofmark.toml:4"]),
        ("{ env = \"A\", file = \"b\" }", &["only one of", "proofmark.toml:4"]),
        ("{ variable = \"A\" }", &["unknown field `variable`", "`env`", "proofmark.toml:4"]),
        ("{ env = 3 }", &["proofmark.toml:4"]),
        ("{ env = \"NOT_SET_HERE\" }", &["NOT_SET_HERE", section, "export NOT_SET_HERE"]),
        ("{ file = \"no/such/file\" }", &["no/such/file", section, "cannot be read"]),
        ("{ file = \"proofmark.toml/x\" }", &["proofmark.toml/x", section, "cannot be read"]),
        ("{ command = \"exit 3\" }", &["`exit 3` failed", section]),
        ("{ command = \"true\" }", &["`true` printed nothing", section]),
    ];
    for (place, words) in places {
        wrong(&format!("[clients.public]\nid = \"c\"\nsecret = {place}\n"), words);
    }
}

#[test]
fn a_client_that_cannot_be_used_is_named_with_its_part() {
    let client = |role: &str, keys: &str| format!("[clients.{role}]\nid = \"c\"\n{keys}");
    let uri = "redirect_uris = [\"https://h/cb\"]\n";
    for role in ["public", "confidential", "second"] {
        let words = [&format!("[clients.{role}] in the configuration"), "redirect URI", "`redirect_uris`"];
        wrong(&client(role, ""), &words);
        let words = [&format!("[clients.{role}] in the configuration"), "'/cb' of `redirect_uris`", "no absolute URI"];
        wrong(&client(role, "redirect_uris = [\"/cb\"]\n"), &words);
    }
    for (key, value) in [("secret", "{ env = \"NOT_SET_HERE\" }"), ("key", "{ file = \"nowhere.pem\" }")] {
        for role in ["public", "confidential", "machine", "second"] {
            let words = [
                &format!("`{key}` of [clients.{role}] in the configuration")[..],
                value.split('"').nth(1).expect("a name"),
            ];
            wrong(&client(role, &format!("{uri}{key} = {value}\n")), &words);
        }
    }
    for (auth, words) in [
        ("magic", ["`auth` of [clients.machine] in the configuration", "'magic'", "client_secret_basic"]),
        (
            "client_secret_post",
            ["`auth` of [clients.machine]", "nothing to do client_secret_post with", "set `secret`"],
        ),
    ] {
        wrong(&client("machine", &format!("auth = \"{auth}\"\n")), &words);
    }
    wrong("[clients.publik]\nid = \"c\"\n", &["unknown field `publik`", "`public`", "proofmark.toml:2"]);
    wrong("[clients.public]\n", &["missing field `id`"]);
}

#[test]
fn a_wrong_registration_or_document_is_named() {
    let cases: &[(&str, &[&str])] = &[
        ("[registration]\nway = \"magic\"\n", &["`way` of [registration]", "'magic'", "given, document, dynamic"]),
        (
            "[registration]\ninitial_access_token = { env = \"NOT_SET_HERE\" }\n",
            &["NOT_SET_HERE", "`initial_access_token` of [registration]"],
        ),
        (
            "[registration]\nsoftware_statement = { env = \"NOT_SET_HERE\" }\n",
            &["NOT_SET_HERE", "`software_statement` of [registration]"],
        ),
        ("[client_documents]\nbase_url = \"h\"\n", &["`base_url` of [client_documents]", "'h'", "no scheme"]),
        ("[client_documents]\npublished = \"ftp://h/\"\n", &["`published` of [client_documents]", "ftp:"]),
        ("[client_documents]\nlisten = \"h\"\n", &["proofmark.toml:3", "socket address"]),
        (
            "[client_documents]\ncertificate = \"c.pem\"\n",
            &["`certificate` of [client_documents]", "c.pem", "cannot be read"],
        ),
        (
            "[client_documents]\ncertificate = \"proofmark.toml\"\n",
            &["`certificate` of [client_documents]", "set `certificate_key`"],
        ),
        (
            "[client_documents]\ncertificate_key = { command = \"echo k\" }\n",
            &["`certificate_key` of [client_documents]", "set `certificate`"],
        ),
        (
            "[client_documents]\npublished_key = { env = \"NOT_SET_HERE\" }\n",
            &["NOT_SET_HERE", "`published_key` of [client_documents]"],
        ),
    ];
    for (text, words) in cases {
        wrong(text, words);
    }
}

#[test]
fn a_wrong_sign_in_is_named() {
    let user = |which: &str, more: &str| format!("[users.{which}]\nname = \"a\"\n{more}");
    let nowhere = "{ env = \"NOT_SET_HERE\" }";
    for which in ["first", "second"] {
        let words = ["NOT_SET_HERE", &format!("`password` of [users.{which}] in the configuration")];
        wrong(&user(which, &format!("password = {nowhere}\n")), &words);
        let words = ["NOT_SET_HERE", &format!("`totp` of [users.{which}] in the configuration")];
        wrong(&user(which, &format!("password = {{ command = \"echo p\" }}\ntotp = {nowhere}\n")), &words);
        wrong(&user(which, "password = \"hunter2\"\n"), &["never stands in the configuration"]);
        wrong(&user(which, ""), &["missing field `password`"]);
    }
    let seed = "password = { command = \"echo p\" }\ntotp = { command = \"echo hunter2!\" }\n";
    wrong(&user("first", seed), &["`totp` of [users.first]", "base32"]);
    for key in ["access", "refresh", "read", "expired", "other_resource"] {
        let words = ["NOT_SET_HERE", &format!("`{key}` of [tokens] in the configuration")];
        wrong(&format!("[tokens]\n{key} = {nowhere}\n"), &words);
    }
    let cases: &[(&str, &[&str])] = &[
        ("[login]\nways = [\"form\", \"magic\"]\n", &["`ways` of [login]", "'magic'", "browser"]),
        ("[login]\norigins = [\"idp\"]\n", &["`origins` of [login]", "'idp'", "no scheme"]),
        ("[login]\ncookies = { file = \"nowhere.txt\" }\n", &["`cookies` of [login]", "nowhere.txt"]),
        ("[login]\ncookies = \"sid=hunter2\"\n", &["never stands in the configuration"]),
        ("[[login.step]]\nfill = { password = \"hunter2\" }\n", &["`fill` of a [[login.step]]", "{password}"]),
        (
            "[[login.step]]\nfill = { pin = { env = \"NOT_SET_HERE\" } }\n",
            &["NOT_SET_HERE", "`fill` of a [[login.step]]"],
        ),
        ("[[login.step]]\nfill = { pin = 3 }\n", &["a text, or a table such as { env", "proofmark.toml:3"]),
        ("[[login.step]]\nfill = { pin = { variable = \"A\" } }\n", &["unknown field `variable`", "proofmark.toml:3"]),
        ("[[login.step]]\nurl = \"*\"\n", &["a [[login.step]] in the configuration", "does nothing"]),
        ("[[login.step]]\nselector = \"<\"\nclick = \"a\"\n", &["a [[login.step]]", "'<' is no CSS selector"]),
        ("[login]\ncookies = { command = \"echo '[]'\" }\n", &["`cookies` of [login]", "there are none"]),
        ("[[login.page]]\nurl = \"*\"\n", &["unknown field `page`", "`step`"]),
    ];
    for (text, words) in cases {
        wrong(text, words);
    }
}

#[test]
fn a_wrong_network_is_named() {
    let header = |keys: &str| format!("[[network.header]]\n{keys}");
    let cases: &[(&str, &[&str])] = &[
        ("[network]\nca = \"ca.pem\"\n", &["`ca` of [network]", "ca.pem", "cannot be read"]),
        ("[network]\ncertificate = \"c.pem\"\n", &["`certificate` of [network]", "c.pem", "cannot be read"]),
        (
            "[network]\ncertificate_key = { command = \"echo k\" }\n",
            &["`certificate_key` of [network]", "set `certificate`"],
        ),
        (
            "[network]\ncertificate = \"proofmark.toml\"\ncertificate_key = { env = \"NOT_SET_HERE\" }\n",
            &["NOT_SET_HERE", "`certificate_key` of [network]"],
        ),
        ("[network]\nproxy = \"127.0.0.1:3128\"\n", &["`proxy` of [network]", "'127.0.0.1:3128'"]),
        ("[network]\nproxy = \"ftp://h\"\n", &["`proxy` of [network]", "'ftp:'", "socks5h"]),
        ("[network]\nproxy = \"socks5:///\"\n", &["`proxy` of [network]", "no host"]),
        ("[network]\nproxy = \"http://u:hunter2@h\"\n", &["`proxy` of [network]", "never stands", "--proxy"]),
        ("[network]\nresolve = [\"h:443\"]\n", &["`resolve` of [network]", "'h:443'", "host:port:address"]),
        ("[network]\nresolve = [\":443:127.0.0.1\"]\n", &["`resolve` of [network]", "no host"]),
        ("[network]\nresolve = [\"h:https:127.0.0.1\"]\n", &["`resolve` of [network]", "no port"]),
        ("[network]\nresolve = [\"h:443:other\"]\n", &["`resolve` of [network]", "no IP address"]),
        ("[network]\npace = 0\n", &["`pace` of [network]", "more than 0"]),
        ("[network]\npace = nan\n", &["`pace` of [network]", "more than 0"]),
        (
            &header("origin = \"h\"\nname = \"X\"\nvalue = { command = \"echo v\" }\n"),
            &["`origin` of a [[network.header]]", "'h'", "no scheme"],
        ),
        (
            &header("origin = \"https://h/mcp\"\nname = \"X\"\nvalue = { command = \"echo v\" }\n"),
            &["`origin` of a [[network.header]]", "'https://h/mcp'", "more than scheme, host and port"],
        ),
        (
            &header("name = \"X Y\"\nvalue = { command = \"echo v\" }\n"),
            &["`name` of a [[network.header]]", "'X Y' is no name of a header"],
        ),
        (
            &header("name = \"X\"\nvalue = { env = \"NOT_SET_HERE\" }\n"),
            &["NOT_SET_HERE", "`value` of a [[network.header]]"],
        ),
        (
            &header("name = \"X\"\nvalue = { command = \"printf 'hunter2\\\\001'\" }\n"),
            &["`value` of a [[network.header]]", "the value of X holds characters"],
        ),
    ];
    for (text, words) in cases {
        wrong(text, words);
    }
}

#[test]
fn a_wrong_flag_is_named() {
    let run = &["run", "http://127.0.0.1:1/mcp"][..];
    let client = &["--client-id", "c", "--redirect-uri", "https://h/cb"][..];
    let cases: &[(&[&str], &[&str])] = &[
        (&["--client-id", "c"], &["--client-id", "redirect URI", "--redirect-uri"]),
        (&["--client-id", "c", "--redirect-uri", "cb"], &["'cb' of --redirect-uri", "no absolute URI"]),
        (&[client, &["--client-secret-env", "NOT_SET_HERE"]].concat(), &["NOT_SET_HERE", "--client-secret-env"]),
        (&[client, &["--client-key", "nowhere.pem"]].concat(), &["--client-key", "nowhere.pem", "cannot be read"]),
        (&[client, &["--client-auth", "magic"]].concat(), &["--client-auth", "'magic'"]),
        (
            &[client, &["--client-auth", "client_secret_basic"]].concat(),
            &["--client-auth", "nothing to do client_secret_basic with", "set --client-secret-env"],
        ),
        (&["--client-key", "nowhere.pem"], &["--client-id"]),
        (&["--register", "magic"], &["--register", "'magic'", "given, document, dynamic"]),
        (&["--initial-access-token-env", "NOT_SET_HERE"], &["NOT_SET_HERE", "--initial-access-token-env"]),
        (&["--login", "form,magic"], &["--login", "'magic'", "browser"]),
        (&["--cookies", "nowhere.txt"], &["--cookies", "nowhere.txt", "cannot be read"]),
        (&["--token-env", "NOT_SET_HERE"], &["NOT_SET_HERE", "--token-env", "export"]),
        (&["--refresh-token-env", "NOT_SET_HERE"], &["NOT_SET_HERE", "--refresh-token-env", "export"]),
        (&["--ca", "nowhere.pem"], &["--ca", "nowhere.pem", "cannot be read"]),
        (&["--cert", "nowhere.pem"], &["--cert", "nowhere.pem", "cannot be read"]),
        (&["--proxy", "h:1"], &["--proxy", "'h:'"]),
        (&["--resolve", "h"], &["--resolve", "'h'", "host:port:address"]),
        (&["--header", "hunter2"], &["--header", "no colon"]),
        (&["--header", "X Y: v"], &["--header", "'X Y'"]),
        (&["--pace", "0"], &["--pace", "more than 0"]),
    ];
    for (flags, words) in cases {
        let ran = ran(&[run, flags].concat());
        ran.must(2, words);
        assert!(!ran.text().contains("hunter2"), "{}", ran.text());
    }
    ran(&["run", "--as-only", "h"]).must(2, &["--as-only 'h'", "no scheme"]);
    let place = Place::new();
    place.write("cookies.txt", "[]");
    place.run(&[run, &["--cookies", "cookies.txt"]].concat()).must(2, &["--cookies", "there are none"]);
    let mut command = place.command(run);
    command.envs([("PROOFMARK_USERNAME", "a"), ("PROOFMARK_PASSWORD", "p"), ("PROOFMARK_TOTP", "hunter2!")]);
    let ran_with = crate::Running::start(command).end();
    ran_with.must(2, &["PROOFMARK_TOTP", "base32"]);
    assert!(!ran_with.text().contains("hunter2"));
    // Each of these two names the target.
    ran(&[run, &["--as-only", "http://h/"]].concat()).must(2, &["--as-only", "cannot be used with"]);
}
