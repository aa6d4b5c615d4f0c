//! Placeholder while its dependencies build.
fn main() {
    println!("{}", std::mem::size_of::<guildhall_dp::NoisePlan>());
}
