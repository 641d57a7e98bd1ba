//! A feed server on loopback.
