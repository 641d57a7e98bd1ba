//! TLS roots and the one crypto provider.

/// Installs the process-wide provider of rustls. Call it before the first client is made; again does nothing.
pub fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
