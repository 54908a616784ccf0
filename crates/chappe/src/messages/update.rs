use super::Message;
use super::sent::message_of;
use crate::client::Client;
use crate::peers::PeerMap;
use crate::updates::Event;

impl Message {
    /// The message that an event brings: new, edited, or a service message about the chat; `None` for other events.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Some(message) = chappe::Message::from_update(&client, &event) {
    ///         println!("{}", message.text());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_update(client: &Client, event: &Event) -> Option<Self> {
        let update = event.api()?;
        let peers = PeerMap::new(update.users.iter().cloned(), update.chats.iter().cloned());
        Self::new(client, message_of(&update.update)?.clone(), &peers)
    }
}
