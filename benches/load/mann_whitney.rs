//! Whether two samples can be told apart.

/// The two-sided p-value of the Mann–Whitney U test, by the normal approximation with corrections for ties
/// and continuity (Mann and Whitney 1947): how likely a difference as large as this one is, or larger,
/// where both samples come from one distribution. Good from about 20 values a sample.
pub fn two_sided_p(left: &[f64], right: &[f64]) -> f64 {
    let (n, m) = (left.len() as f64, right.len() as f64);
    let all = n + m;
    let mut values: Vec<(f64, bool)> = left.iter().map(|value| (*value, true)).collect();
    values.extend(right.iter().map(|value| (*value, false)));
    values.sort_by(|one, other| one.0.total_cmp(&other.0));

    let (mut rank_sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in values.chunk_by(|one, other| one.0 == other.0) {
        let size = equal.len() as f64;
        let of_left = equal.iter().filter(|(_, of_left)| *of_left).count() as f64;
        // Equal values share the mean of their ranks.
        rank_sum += of_left * (before + (size + 1.0) / 2.0);
        ties += size.powi(3) - size;
        before += size;
    }
    let u = rank_sum - n * (n + 1.0) / 2.0;
    let deviation = (n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)))).sqrt();
    let distance = ((u - n * m / 2.0).abs() - 0.5).max(0.0);
    if deviation > 0.0 { 2.0 * upper_tail(distance / deviation) } else { 1.0 }
}

/// The standard normal distribution above `z ≥ 0`, to within 7.5 · 10⁻⁸ (Abramowitz and Stegun, 26.2.17).
fn upper_tail(z: f64) -> f64 {
    const B: [f64; 5] = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let sum = B.iter().rev().fold(0.0, |sum, b| (sum + b) * t);
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    density * sum
}
