/**
 * The operator on a set of keys, by several engines that give the same answer.
 *
 * <p>For a query of unit norm and keys μ_k with labels y_k, an engine adds up
 * {@code sum over k with y_k = c of exp(theta (s_k - r))}, {@code s_k} being the inner product and {@code r} a reference
 * score that keeps exponents in the range of float32. Equations (1) and (2) of the paper are these sums divided by their
 * total. Sums of disjoint keys merge by addition ({@link io.github.afterimage.engine.Partial}), so a matrix of all scores
 * is never kept.
 *
 * <p>Engines are single-threaded and re-entrant. {@link io.github.afterimage.engine.Scan} spreads one pass over the
 * keys over a fixed number of threads. {@link io.github.afterimage.engine.CertifiedScan} reads an int8 screen of the keys
 * instead, whose bounds are certain, and of the keys themselves only what could change the answer; for a small number of
 * queries at a time it keeps the bounds of all scores. The engine on a GPU is in
 * {@link io.github.afterimage.engine.cuda}, which takes all keys of a pass at once.
 */
package io.github.afterimage.engine;
