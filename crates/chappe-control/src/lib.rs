//! A server for tests, set up by a file and steered over HTTP.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use chappe_control::{Control, Ready, WorldFile};
//! use chappe_server::Server;
//!
//! let world = WorldFile::parse("world.toml", r#"
//!     [[accounts]]
//!     name = "alice"
//!     password = "correct horse"
//! "#)?;
//! let server = Arc::new(world.configure(Server::builder()).spawn().await?);
//! let known = world.populate(&server).await?;
//! let ready = Ready::of(&server, &known).await?;
//! assert_eq!(ready.accounts[0].password.as_deref(), Some("correct horse"));
//!
//! // The same for programs in other languages, and a page to watch.
//! let control = Control::builder().known(known).spawn(Arc::clone(&server)).await?;
//! println!("{} with the token {}", control.url(), control.token());
//! control.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it does |
//! |---|---|
//! | `world` | world files: who is there, what was said, what goes wrong |
//! | `ready` | everything a client has to know, as JSON |
//! | `faults` | faults as they are written in files and requests |
//! | `limits` | limits as they are written on a command line |
//! | `http` | the control interface: routes, who may use them, the description, metrics, the page |
//! | `seen` | what the server saw last |
#![forbid(unsafe_code)]

mod calls;
mod faults;
mod http;
mod limits;
mod ready;
mod seen;
mod world;

pub use faults::{FaultKind, FaultSpec, UserRef, Way};
pub use http::{Control, ControlBuilder, ControlError};
pub use limits::{FloodLimit, Home, Rate};
pub use ready::{ControlFacts, DataCentre, GroupKind, Known, Ready, ReadyAccount, ReadyGroup, Sessions};
pub use world::{FileError, WorldFile, read_settings};
