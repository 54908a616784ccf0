//! Finding somebody by what a user types.

use chappe::{Client, UserRef, enums, functions, types};

use crate::failure::{Failure, Kind};

/// How people are named, for the help.
pub(crate) const FORMS: &str =
    "a phone number in international form, an @username, or `id:NUMBER` for somebody among the contacts";

/// The id in `id:NUMBER`.
pub(crate) fn id(who: &str) -> Option<i64> {
    who.strip_prefix("id:")?.parse().ok()
}

/// Finds somebody: see [`FORMS`].
pub(crate) async fn find(client: &Client, who: &str) -> Result<UserRef, Failure> {
    let found = if let Some(name) = who.strip_prefix('@') {
        by_username(client, name).await.map(|user| UserRef::from(&user))
    } else if let Some(id) = id(who) {
        by_id(client, id).await
    } else if who.bytes().any(|byte| byte.is_ascii_digit())
        && who.bytes().all(|byte| byte.is_ascii_digit() || b"+ -()".contains(&byte))
    {
        client.resolve_phone(who).await.map(|user| UserRef::from(&user)).map_err(Failure::from)
    } else {
        Err(Failure::usage(format!("this names nobody: give {FORMS}")))
    };
    found.map_err(|failure| failure.context(who))
}

/// Finds an account by its public name, without `@`.
pub(crate) async fn by_username(client: &Client, name: &str) -> Result<types::User, Failure> {
    let request = functions::contacts::ResolveUsername { username: name.to_owned(), referer: None };
    let found = client.invoke(request).await?;
    let enums::Peer::User(peer) = found.peer else {
        return Err(Failure::usage("this is the name of a group or channel, not of a person"));
    };
    let named = found.users.into_iter().find_map(|user| match user {
        enums::User::User(user) if user.id == peer.user_id => Some(*user),
        _ => None,
    });
    named.ok_or_else(|| Failure::new("the server did not describe the user it found"))
}

async fn by_id(client: &Client, id: i64) -> Result<UserRef, Failure> {
    let contacts = match client.invoke(functions::contacts::GetContacts { hash: 0 }).await? {
        enums::contacts::Contacts::Contacts(contacts) => contacts.users,
        enums::contacts::Contacts::NotModified => Vec::new(),
    };
    let known = contacts.iter().find_map(|user| match user {
        enums::User::User(user) if user.id == id => Some(UserRef::from(&**user)),
        _ => None,
    });
    known.ok_or_else(|| {
        Failure::of(Kind::Usage, "this session knows nobody with this id: give the phone number or @username")
    })
}
