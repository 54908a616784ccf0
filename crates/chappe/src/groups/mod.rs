//! Groups and channels: making, entering, ruling and leaving them.
//!
//! ```no_run
//! # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
//! use chappe::groups::AdminRights;
//!
//! let friend = client.resolve("@friend").await?;
//! let group = client.create_supergroup("Semaphores", "All about towers").await?;
//! client.invite(&group, [friend.to_ref()]).await?;
//! client.promote(&group, &friend, AdminRights::new().delete_messages().pin_messages()).rank("Keeper").await?;
//! let link = client.export_invite(&group).usage_limit(10).await?;
//! println!("{}", link.link);
//! # Ok(())
//! # }
//! ```
//!
//! A basic group has up to 200 members and becomes a supergroup when more is wanted of it
//! ([`Client::migrate_group`](crate::Client::migrate_group)). The methods here take either where the API has both.
//!
//! Source: <https://core.telegram.org/api/channel>, <https://core.telegram.org/api/rights>,
//! <https://core.telegram.org/api/invites>

mod admin_rights;
mod admins;
mod create;
mod enter;
mod invites;
mod restrictions;
mod settings;

pub use admin_rights::AdminRights;
pub use admins::Promote;
pub use invites::{EditInvite, ExportInvite};
pub use restrictions::Restrictions;
