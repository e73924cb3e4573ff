/** The protocol over HTTP: paths, bodies, problems. */
@NullMarked
package io.github.afterimage.serve.http;

import org.jspecify.annotations.NullMarked;
