/** Attacks on the network, the mixture and the cache, the paper's Tables 2 and 3. */
@NullMarked
package io.github.afterimage.experiments.attacks;

import org.jspecify.annotations.NullMarked;
