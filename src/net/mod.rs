//! What stands below every edge that touches a network: the address guard, TLS roots, limits.

pub mod guard;
pub mod tls;
