use std::collections::HashMap;

use chappe_api::{enums, functions, types};

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::peers::{Peer, PeerId, PeerMap, PeerRef};

/// Somebody who may have an account, for [`Client::import_contacts`].
///
/// ```
/// use chappe::people::NewContact;
///
/// let contact = NewContact::new("+9996621234", "Alice").last_name("Test");
/// # drop(contact);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is not added yet"]
pub struct NewContact {
    phone: String,
    first_name: String,
    last_name: String,
}

impl NewContact {
    /// A phone number in international form, and the name that the user gives its owner.
    ///
    /// ```no_run
    /// use chappe::people::NewContact;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let people = [NewContact::new("+9996621234", "Alice"), NewContact::new("+9996621235", "Bob")];
    /// println!("{} have accounts", client.import_contacts(people).await?.iter().flatten().count());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(phone: impl Into<String>, first_name: impl Into<String>) -> Self {
        Self { phone: phone.into(), first_name: first_name.into(), last_name: String::new() }
    }

    /// The last name.
    ///
    /// ```no_run
    /// use chappe::people::NewContact;
    ///
    /// # async fn run(client: chappe::Client, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let contact = client.add_contact(user, NewContact::new("", "Ada").last_name("Lovelace")).await?;
    /// assert_eq!(contact.name(), "Ada Lovelace");
    /// # Ok(())
    /// # }
    /// ```
    pub fn last_name(mut self, name: impl Into<String>) -> Self {
        self.last_name = name.into();
        self
    }
}

/// Contacts that the server takes at once.
const CHUNK: usize = 100;

impl Client {
    /// The contacts of the account.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for contact in client.contacts().await? {
    ///     println!("{}", contact.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn contacts(&self) -> Result<Vec<Peer>, Error> {
        match self.invoke(functions::contacts::GetContacts { hash: 0 }).await? {
            enums::contacts::Contacts::Contacts(contacts) => {
                self.learn(&contacts.users, &[]).await;
                Ok(contacts.users.into_iter().filter_map(Peer::from_user).collect())
            }
            enums::contacts::Contacts::NotModified => Ok(Vec::new()),
        }
    }

    /// Adds somebody who is known, by the name that the user gives them. The phone number may be empty.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.add_contact(user, chappe::people::NewContact::new("", "Alice")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for groups and channels; the server refuses: `CONTACT_NAME_EMPTY` …
    pub async fn add_contact(&self, user: impl Into<PeerRef>, contact: NewContact) -> Result<Peer, Error> {
        let user = user.into();
        let request = functions::contacts::AddContact {
            add_phone_privacy_exception: false,
            id: self.input_user(user)?,
            first_name: contact.first_name,
            last_name: contact.last_name,
            phone: contact.phone,
            note: None,
        };
        let answer = self.invoke(request).await?;
        let told = self.told(answer).await;
        told.peers.get(user.id()).cloned().ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the server added the contact, but did not describe it")
        })
    }

    /// Adds people by their phone numbers and returns those who have accounts, in the order of the numbers.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// use chappe::people::NewContact;
    ///
    /// let found = client.import_contacts([NewContact::new("+9996621234", "Alice")]).await?;
    /// println!("{}", if found[0].is_some() { "found" } else { "has no account" });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn import_contacts(
        &self,
        contacts: impl IntoIterator<Item = NewContact>,
    ) -> Result<Vec<Option<Peer>>, Error> {
        let mut waiting: Vec<types::InputPhoneContact> = contacts
            .into_iter()
            .zip(0..)
            .map(|(contact, client_id)| types::InputPhoneContact {
                client_id,
                phone: contact.phone,
                first_name: contact.first_name,
                last_name: contact.last_name,
                note: None,
            })
            .collect();
        let mut found = vec![None; waiting.len()];
        let mut retried = false;
        while !waiting.is_empty() {
            let contacts = waiting.drain(..waiting.len().min(CHUNK)).collect::<Vec<_>>();
            let sent: HashMap<i64, _> =
                contacts.iter().map(|contact| (contact.client_id, contact.clone())).collect();
            let answer = self.invoke(functions::contacts::ImportContacts { contacts }).await?;
            self.learn(&answer.users, &[]).await;
            let peers = PeerMap::new(answer.users, []);
            for imported in &answer.imported {
                let place = usize::try_from(imported.client_id).ok().and_then(|at| found.get_mut(at));
                if let Some(place) = place {
                    *place = peers.get(PeerId::User(imported.user_id)).cloned();
                }
            }
            // The server may put some off, once.
            if !retried {
                let again = answer.retry_contacts.iter().filter_map(|id| sent.get(id).cloned());
                waiting.extend(again);
                retried = !answer.retry_contacts.is_empty();
            }
        }
        Ok(found)
    }

    /// Takes people from the contacts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.delete_contacts([user]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for groups and channels; the server refuses.
    pub async fn delete_contacts(&self, users: impl IntoIterator<Item = PeerRef>) -> Result<(), Error> {
        let id = users.into_iter().map(|user| self.input_user(user)).collect::<Result<_, _>>()?;
        let answer = self.invoke(functions::contacts::DeleteContacts { id }).await?;
        self.told(answer).await;
        Ok(())
    }

    /// Looks for people, groups and channels by name: first among what the user has to do with, then everywhere.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for peer in client.search_peers("alice", 10).await? {
    ///     println!("{}", peer.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `QUERY_TOO_SHORT` …
    pub async fn search_peers(&self, name: &str, limit: usize) -> Result<Vec<Peer>, Error> {
        let request = functions::contacts::Search {
            broadcasts: false,
            bots: false,
            q: name.to_owned(),
            limit: i32::try_from(limit).unwrap_or(i32::MAX),
        };
        let found = self.invoke(request).await?;
        self.learn(&found.users, &found.chats).await;
        let peers = PeerMap::new(found.users, found.chats);
        let all = found.my_results.iter().chain(&found.results);
        Ok(all.filter_map(|peer| peers.get(peer.into()).cloned()).collect())
    }
}
