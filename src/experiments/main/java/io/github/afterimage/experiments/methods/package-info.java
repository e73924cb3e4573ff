/**
 * The memory beside other methods on the same features: nearest keys, class means, a linear probe and a linear discriminant, alone and
 * mixed with the network.
 */
@NullMarked
package io.github.afterimage.experiments.methods;

import org.jspecify.annotations.NullMarked;
