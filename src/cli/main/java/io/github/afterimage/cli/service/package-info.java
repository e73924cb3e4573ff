/** {@code serve}: its options, and their values in files and the environment. */
@NullMarked
package io.github.afterimage.cli.service;

import org.jspecify.annotations.NullMarked;
