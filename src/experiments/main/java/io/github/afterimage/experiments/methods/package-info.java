/**
 * The cache beside other methods on the same features: nearest keys, class means and a linear read-out, alone and mixed with
 * the network, with few labels or with all.
 */
@NullMarked
package io.github.afterimage.experiments.methods;

import org.jspecify.annotations.NullMarked;
