/**
 * Computes the operator on a set of keys, with several engines that give the same answer.
 *
 * <p>For a query of unit norm and keys μ_k with labels y_k, an engine computes
 * {@code sum over k with y_k = c of exp(theta (s_k - r))}; {@code s_k} is the inner product and {@code r} a reference
 * score that keeps exponents in the range of float32. Equations (1) and (2) of the paper are these sums divided by their
 * total. Sums of disjoint keys merge by addition ({@link io.github.afterimage.engine.Partial}), so no matrix of all scores
 * is kept.
 *
 * <p>Engines are single-threaded and re-entrant. {@link io.github.afterimage.engine.Scan} answers a request by passes over the
 * keys ({@link io.github.afterimage.engine.Pass}), each spread over a fixed number of threads. The engine on a GPU is a module of
 * its own, {@code afterimage-cuda}, which an {@link io.github.afterimage.engine.EngineProvider} offers; it takes all keys of a pass
 * at once.
 */
@NullMarked
package io.github.afterimage.engine;

import org.jspecify.annotations.NullMarked;
