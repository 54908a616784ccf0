use super::Message;
use super::sent::message_of;
use crate::client::Client;
use crate::peers::PeerMap;
use crate::updates::{Album, ApiUpdate, Event, NewMessage};

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
        Self::from_api(client, event.api()?)
    }

    /// The messages of an album, in their order.
    ///
    /// ```no_run
    /// use chappe::{Message, updates::Gathered};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut updates = client.updates().albums();
    /// while let Some(gathered) = updates.recv().await {
    ///     if let Gathered::Album(album) = gathered {
    ///         let messages = Message::of_album(&client, &album);
    ///         println!("{:?}", messages.iter().map(Message::id).collect::<Vec<_>>());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_album(client: &Client, album: &Album) -> Vec<Self> {
        album.messages().iter().map(NewMessage::api).filter_map(|api| Self::from_api(client, api)).collect()
    }

    fn from_api(client: &Client, update: &ApiUpdate) -> Option<Self> {
        let peers = PeerMap::new(update.users.iter().cloned(), update.chats.iter().cloned());
        Self::new(client, message_of(&update.update)?.clone(), &peers)
    }
}
