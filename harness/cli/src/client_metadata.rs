//! `client-metadata`: the documents of clients that a server fetches by their URLs, written for the user to publish.

use std::io::Write as _;
use std::path::Path;

use proofmark_probe::documents::documents;
use proofmark_probe::keys::SigningKey;
use proofmark_reports::exit::ExitCode;

use crate::args::ClientMetadataArgs;
use crate::error::Error;
use crate::init::page::quoted;
use crate::print::out;
use crate::settings;

/// `proofmark client-metadata`.
pub(crate) fn command(args: &ClientMetadataArgs) -> Result<ExitCode, Error> {
    let base = base_url(&args.base_url)?;
    if inside(&args.key, &args.out) {
        return Err(settings::bad("--key", "the private key would be published with the documents: keep it elsewhere"));
    }
    let (key, made) = key(&args.key)?;
    let unwritable = |path: &Path, why| Error::Unwritable { path: path.to_owned(), why };
    std::fs::create_dir_all(&args.out).map_err(|why| unwritable(&args.out, why))?;
    let documents = documents(base, &[key.with_thumbprint().jwk()]);
    for (name, text) in &documents {
        let path = args.out.join(name);
        std::fs::write(&path, text).map_err(|why| unwritable(&path, why))?;
    }
    let key = args.key.to_string_lossy();
    out(&format!(
        "wrote {} documents to {}: publish them as application/json, so that {base}/public.json leads to the first\n\
         {} {key}: the private key, which is nobody's but yours\n\n\
         Then add this to the configuration:\n\n\
         [client_documents]\n\
         published = {}\n\
         published_key = {{ file = {} }}\n",
        documents.len(),
        args.out.display(),
        if made { "wrote" } else { "used" },
        quoted(base),
        quoted(&key),
    ));
    Ok(ExitCode::Conformant)
}

/// The URL without the slash at its end.
fn base_url(text: &str) -> Result<&str, Error> {
    const BY: &str = "--base-url";
    settings::check_url(BY, text)?;
    if text.contains('?') {
        return Err(settings::bad(BY, format!("'{text}' has a query, which a folder does not")));
    }
    Ok(text.trim_end_matches('/'))
}

/// Whether a file lies in a folder.
fn inside(file: &Path, folder: &Path) -> bool {
    match (std::path::absolute(file), std::path::absolute(folder)) {
        (Ok(file), Ok(folder)) => file.starts_with(folder),
        _ => false,
    }
}

/// The key in a file, and whether it was made just now.
fn key(path: &Path) -> Result<(SigningKey, bool), Error> {
    let unusable = |what: String| settings::bad("--key", format!("{}: {what}", path.display()));
    let (text, made) = match std::fs::read_to_string(path) {
        Ok(text) => (text, false),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            let pem = SigningKey::fresh_pem().ok_or_else(|| unusable("this machine has no randomness".into()))?;
            keep(path, &pem).map_err(|why| Error::Unwritable { path: path.to_owned(), why })?;
            (pem, true)
        }
        Err(why) => return Err(unusable(format!("it cannot be read: {why}"))),
    };
    let key = SigningKey::parse(&text).map_err(|why| unusable(format!("the key cannot be used: {why}")))?;
    Ok((key, made))
}

/// Writes a file that nobody else can read, and that was not there.
fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
