//! Documents that would fill the memory, lead elsewhere, or be read as what they are not.

mod nesting; // depth, size, numbers
mod packed; // bombs and broken compression
mod text; // charsets, references, identities, dates, links

use super::*;
