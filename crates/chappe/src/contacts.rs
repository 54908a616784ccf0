//! Finding people.

use chappe_api::{enums, functions, types};

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::login::full_user;
use crate::peers::{PeerId, PeerRef};

/// Names a user in calls.
///
/// ```
/// use chappe::UserRef;
///
/// // As they were noted when the user was last seen.
/// let user = UserRef::from((5_000_000_001, 0x1122_3344_5566_7788));
/// assert_eq!(user.id, 5_000_000_001);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserRef {
    /// The user's id.
    pub id: i64,
    /// Our access hash for the user: each account has its own.
    pub access_hash: i64,
}

impl From<&types::User> for UserRef {
    fn from(user: &types::User) -> Self {
        Self { id: user.id, access_hash: user.access_hash.unwrap_or_default() }
    }
}

impl From<(i64, i64)> for UserRef {
    /// From id and access hash.
    fn from((id, access_hash): (i64, i64)) -> Self {
        Self { id, access_hash }
    }
}

impl TryFrom<PeerRef> for UserRef {
    type Error = Error;

    /// Of a user whose access hash is known: that of a [`Peer`](crate::Peer), say.
    fn try_from(peer: PeerRef) -> Result<Self, Error> {
        match (peer.id(), peer.access_hash()) {
            (PeerId::User(id), Some(access_hash)) => Ok(Self { id, access_hash }),
            (id, _) => Err(Error::new(
                ErrorKind::Argument,
                format!("a user with an access hash is wanted here, not {id}: resolve it first"),
            )),
        }
    }
}

impl From<UserRef> for enums::InputUser {
    fn from(user: UserRef) -> Self {
        types::InputUser { user_id: user.id, access_hash: user.access_hash }.into()
    }
}

impl Client {
    /// Adds somebody to the contacts by phone number and returns the account with that number.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let bob = client.import_contact("+9996612346", "Bob", "").await?;
    /// client.send(&bob, "Hello, it is me.").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if no account has the number, or it does not let itself be found; the server refuses.
    pub async fn import_contact(
        &self,
        phone: &str,
        first_name: &str,
        last_name: &str,
    ) -> Result<types::User, Error> {
        let contact = types::InputPhoneContact {
            client_id: 1,
            phone: phone.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            note: None,
        };
        let found = self.invoke(functions::contacts::ImportContacts { contacts: vec![contact] }).await?;
        self.learn(&found.users, &[]).await;
        let id =
            found.imported.iter().find(|imported| imported.client_id == 1).map(|imported| imported.user_id);
        found
            .users
            .into_iter()
            .filter_map(full_user)
            .find(|user| Some(user.id) == id)
            .map(|user| *user)
            .ok_or_else(|| Error::new(ErrorKind::Argument, "no account with this phone number can be found"))
    }

    /// Finds an account by phone number without adding it to the contacts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// match client.resolve_phone("+9996612346").await {
    ///     Ok(user) => println!("{:?} {:?}", user.first_name, user.last_name),
    ///     Err(error) if error.is("PHONE_NOT_OCCUPIED") => println!("nobody has this number"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `PHONE_NOT_OCCUPIED` …
    pub async fn resolve_phone(&self, phone: &str) -> Result<types::User, Error> {
        let found = self.invoke(functions::contacts::ResolvePhone { phone: phone.to_owned() }).await?;
        self.learn(&found.users, &found.chats).await;
        let enums::Peer::User(peer) = found.peer else {
            return Err(Error::new(ErrorKind::Protocol, "the server found something that is not a user"));
        };
        found
            .users
            .into_iter()
            .filter_map(full_user)
            .find(|user| user.id == peer.user_id)
            .map(|user| *user)
            .ok_or_else(|| Error::new(ErrorKind::Protocol, "the server did not describe the user it found"))
    }
}
