//! The edge that remembers.
