//! TLS roots and the one crypto provider.
//!
//! A client trusts the authorities that the machine trusts, and those of a `ca_file` besides. Nothing here can switch the
//! verification off.

use std::path::Path;

use reqwest::{Certificate, Client, ClientBuilder};

/// The largest `ca_file` that is read: the bundle of all public authorities is a quarter of it.
const CA_FILE_BYTES: u64 = 1 << 20;

/// Installs the process-wide provider of rustls. Call it before the first client is made; again does nothing.
pub fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Builds a client that trusts the machine's authorities and those of `ca_file`. The error is a sentence for the user.
///
/// On a machine without any authorities the client is built all the same: `http:` works, and `https:` fails with the
/// reason when it is asked, not at the start of a program that may never ask it.
pub fn build_client(settings: impl Fn() -> ClientBuilder, ca_file: Option<&Path>) -> Result<Client, String> {
    let extra = match ca_file {
        Some(path) => read_ca_file(path)?,
        None => Vec::new(),
    };
    if let Ok(client) = settings().tls_certs_merge(extra.iter().cloned()).build() {
        return Ok(client);
    }
    settings().tls_certs_only(extra).build().map_err(|e| match ca_file {
        Some(path) => format!("ca_file {}: {}", path.display(), innermost(&e)),
        None => format!("no http client can be made: {}", innermost(&e)),
    })
}

/// Reads the certificates of a PEM file.
pub fn read_ca_file(path: &Path) -> Result<Vec<Certificate>, String> {
    let said = |what: String| format!("ca_file {}: {what}", path.display());
    let metadata = std::fs::metadata(path).map_err(|e| said(format!("cannot be read: {e}")))?;
    if !metadata.is_file() || metadata.len() > CA_FILE_BYTES {
        return Err(said("is not a file of certificates of at most 1 MiB".into()));
    }
    let pem = std::fs::read(path).map_err(|e| said(format!("cannot be read: {e}")))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|e| said(innermost(&e)))?;
    if certificates.is_empty() {
        return Err(said("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)".into()));
    }
    Ok(certificates)
}

/// The last error of a chain: reqwest's own words name its inner parts, not the trouble.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_that_is_none_is_said_with_its_name() {
        install_provider();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let build = || build_client(Client::builder, Some(&path)).unwrap_err();
        assert!(build().contains("ca.pem: cannot be read"));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(build().contains("holds no certificate"));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(build().contains("ca.pem: "));
        assert!(build_client(Client::builder, Some(dir.path())).unwrap_err().contains("is not a file"));
    }

    #[test]
    fn a_client_is_made_without_any_authority_too() {
        install_provider();
        assert!(build_client(Client::builder, None).is_ok());
        assert!(Client::builder().tls_certs_only([]).build().is_ok());
    }
}
