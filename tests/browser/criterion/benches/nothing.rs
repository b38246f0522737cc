// A crate has to have something.
