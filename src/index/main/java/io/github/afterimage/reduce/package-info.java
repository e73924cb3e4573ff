/**
 * Makes keys shorter: rows {@code (n, inputDim)} become rows {@code (n, outputDim)} whose inner products are about
 * those of the originals.
 *
 * <p>{@link io.github.afterimage.reduce.Reduction} describes how, in a line of text; {@link
 * io.github.afterimage.reduce.Reducer} does it. The random projections are never stored: their numbers follow from the
 * text. Principal components are learned from a sample of the keys ({@link
 * io.github.afterimage.reduce.ComponentLearner}) and are stored with the index.
 *
 * <p>Whoever calls scales rows to unit norm before and after. Inner products of rows scaled again differ from those of
 * the originals, so θ must be tuned again.
 */
package io.github.afterimage.reduce;
