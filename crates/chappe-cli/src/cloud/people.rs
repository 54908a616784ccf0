//! `chappe me` and `chappe contacts`.

use chappe::types::User;
use chappe::{Client, Peer};

use super::show::{self, name};
use crate::cli::{ClientArgs, ContactsArgs, ContactsCommand, MeArgs};
use crate::failure::Failure;
use crate::{connect, output, view};

/// Prints who is logged in.
pub(crate) async fn me(args: MeArgs) -> Result<(), Failure> {
    connect::with_authorized(&args.client, async |client| user(&args.client, &client.me().await?)).await
}

/// Lists or changes the contacts.
pub(crate) async fn contacts(args: ContactsArgs) -> Result<(), Failure> {
    match args.command {
        None => connect::with_authorized(&args.client, async |client| list(client, &args.client).await).await,
        Some(ContactsCommand::Add { phone, first_name, last_name, client: args }) => {
            connect::with_authorized(&args, async |client| {
                let added = client.import_contact(&phone, &first_name, &last_name).await;
                user(&args, &added.map_err(|error| Failure::from(error).context(&phone))?)
            })
            .await
        }
        Some(ContactsCommand::Remove { who, client: args }) => {
            connect::with_authorized(&args, async |client| {
                let peer = super::find(client, &who).await?;
                client.delete_contacts([peer.to_ref()]).await?;
                let id = view::cloud::chat(peer.id());
                show::print(&args, serde_json::json!({ "event": "removed", "user_id": id }), || {
                    format!("{who} is no contact any more.")
                })
            })
            .await
        }
    }
}

async fn list(client: &Client, args: &ClientArgs) -> Result<(), Failure> {
    let contacts = client.contacts().await?;
    contacts.iter().filter_map(Peer::as_user).try_for_each(|contact| user(args, contact))
}

/// One person.
fn user(args: &ClientArgs, user: &User) -> Result<(), Failure> {
    if args.json {
        return output::line(view::user(user));
    }
    let peer = Peer::from(user.clone());
    let mut words = vec![format!("{:>14}  {}", user.id, name(&peer))];
    words.extend(peer.username().map(|name| format!("@{name}")));
    words.extend(user.phone.as_deref().map(|phone| format!("+{}", phone.trim_start_matches('+'))));
    if user.bot {
        words.push("(a bot)".to_owned());
    }
    output::line(words.join("  "))
}
