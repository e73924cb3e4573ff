/** A cache that grows while examples arrive. */
@NullMarked
package io.github.afterimage.experiments.online;

import org.jspecify.annotations.NullMarked;
