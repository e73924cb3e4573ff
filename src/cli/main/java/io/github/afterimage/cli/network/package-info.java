/** The commands that look into a network: {@code layers}, {@code preview} and {@code features}. */
@NullMarked
package io.github.afterimage.cli.network;

import org.jspecify.annotations.NullMarked;
