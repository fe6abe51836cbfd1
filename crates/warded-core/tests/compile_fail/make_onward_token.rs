//! A token for a server behind that nobody has looked at.

use warded_core::OnwardToken;

fn main() {
    drop(OnwardToken { text: String::new().into(), ends: None, _aimed: None });
}
