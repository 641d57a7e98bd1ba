//! What stands below every edge that touches a network: the address guard, names, TLS roots, bodies with limits, trouble in words.

pub mod body;
pub mod descriptors;
pub mod guard;
pub mod resolver;
pub mod tls;
pub mod trouble;
