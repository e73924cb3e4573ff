/** Attacks on the network, the mixture and the cache, the paper's Tables 2 and 3, and the Jacobian of each. */
@NullMarked
package io.github.afterimage.experiments.attacks;

import org.jspecify.annotations.NullMarked;
