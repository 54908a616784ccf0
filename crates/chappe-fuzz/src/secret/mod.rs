//! Secret chats: the envelope, and the engine against a peer who holds the key and plays foul.

mod driver;
mod engine;
mod envelope;

pub use engine::secret_engine;
pub use envelope::secret_envelope;
