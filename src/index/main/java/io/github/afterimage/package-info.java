/**
 * The index of a cache model, which extends a trained classifier by a memory of examples: "A Simple Cache Model for Image
 * Recognition" (Orhan, NeurIPS 2018).
 *
 * <p>{@link io.github.afterimage.CacheIndex} is for callers with features of their own; {@code CacheModel} of afterimage-model
 * combines it with a network. The terms and the symbols of the paper:
 *
 * <table>
 *   <caption>Glossary</caption>
 *   <tr><th>paper</th><th>name</th><th>meaning</th></tr>
 *   <tr><td>φ(x)</td><td>query</td><td>activations of one or more layers for image x, flattened, concatenated in the
 *       order named, then scaled to unit L2 norm as one vector</td></tr>
 *   <tr><td>μ, d, K</td><td>keys, dim, size</td><td>K unit vectors of d values, stored row-major (K, d)</td></tr>
 *   <tr><td>v, C</td><td>labels, classes</td><td>one-hot values, stored as one integer per key</td></tr>
 *   <tr><td>θ, λ</td><td>theta, lambda</td><td>sharpness; weight of the cache</td></tr>
 *   <tr><td></td><td>batch</td><td>queries in one call</td></tr>
 *   <tr><td></td><td>score</td><td>φ(x)ᵀμ_k, in -1..1</td></tr>
 * </table>
 *
 * <p>p_mem(c) = Σ_{k: y_k = c} exp(θ s_k) / Σ_k exp(θ s_k), equations (1) and (2); p = (1 - λ) p_net + λ p_mem, equation
 * (3). {@link io.github.afterimage.answer.Tuner} finds θ and λ.
 *
 * <h2>Beyond the paper</h2>
 *
 * <p>Every engine computes the sums in one pass over the keys, for a list of θ at once, and {@link io.github.afterimage.answer.PartialAnswer
 * partial answers} merge.
 *
 * <p><b>Some keys only.</b> A query can be restricted to the keys of some ids or labels, or to all others: {@link
 * io.github.afterimage.answer.Query#only only}.
 *
 * <pre>{@code
 * static double leaveOneOut(CacheIndex index, float[] key, long id, int label) {
 *     Query others = Query.of(key).thetas(60).only(KeySet.ids(id).complement());
 *     return index.answer(others).row(0).probability(label);
 * }
 * }</pre>
 *
 * <p><b>Doubt.</b> The entropy of the probabilities of an answer, {@link io.github.afterimage.answer.Answer.Row#doubt doubt}, says how sure it
 * is. {@code tune --save} stores a {@link io.github.afterimage.answer.DoubtThreshold threshold}, above which one in a hundred of the examples
 * is; most pictures of other classes, and most that are answered wrongly, have more doubt than others.
 *
 * <pre>{@code
 * static boolean isSure(CacheIndex index, float[] query) {
 *     return !index.calibration(Calibration.ALONE).isUncertain(index.query(query).row(0).doubt());
 * }
 * }</pre>
 */
@NullMarked
package io.github.afterimage;

import org.jspecify.annotations.NullMarked;
