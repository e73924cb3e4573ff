/**
 * Reduces the dimension of keys: maps rows {@code (n, inputDim)} to rows {@code (n, outputDim)} and keeps inner products
 * approximately; or whitens them, so that inner products tell classes better apart.
 *
 * <p>A {@link io.github.afterimage.reduce.Reduction} describes the map in one line of text; a {@link
 * io.github.afterimage.reduce.Reducer} applies it. Random projections are never stored, because the text determines their
 * numbers. Principal components and their whitening are learned from a sample of the keys ({@link
 * io.github.afterimage.reduce.ComponentLearner}) and stored with the index ({@link
 * io.github.afterimage.reduce.LearnedReducer}).
 *
 * <p>The caller scales rows to unit norm before and after the reduction. Scaled again, reduced rows have other inner products
 * than the original rows, so θ must be tuned again.
 */
@NullMarked
package io.github.afterimage.reduce;

import org.jspecify.annotations.NullMarked;
