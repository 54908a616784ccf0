//! The Rust examples of the reference, which `chappe-examples write` has written: `chappe-example METHOD` runs one.
#![deny(warnings)]

include!(concat!(env!("CHAPPE_EXAMPLES"), "/rust/examples.rs"));
