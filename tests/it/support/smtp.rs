//! A mail server on loopback.
