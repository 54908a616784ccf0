use super::sent::message_of;
use super::{Message, short};
use crate::client::Client;
use crate::peers::PeerMap;
use crate::updates::Update;

impl Message {
    /// The message that an update brings, new or edited; `None` for other updates.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut updates = client.updates();
    /// while let Some(update) = updates.recv().await {
    ///     if let Some(message) = chappe::Message::from_update(&client, &update) {
    ///         println!("{}", message.text());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_update(client: &Client, update: &Update) -> Option<Self> {
        match update {
            Update::Api(update) => {
                client.inner.peers.learn(&update.users, &update.chats);
                let message = message_of(&update.update)?;
                client.inner.peers.learn_messages(std::slice::from_ref(message));
                let peers = PeerMap::new(update.users.iter().cloned(), update.chats.iter().cloned());
                Self::new(client, message.clone(), &peers)
            }
            Update::Short(updates) => {
                let me = client.inner.peers.owner()?.user_id;
                let message = short::expand(updates, me)?.into();
                Self::new(client, message, &PeerMap::default())
            }
            _ => None,
        }
    }
}
