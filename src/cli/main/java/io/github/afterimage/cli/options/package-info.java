/** Groups of options that several commands share, as picocli mixins. */
package io.github.afterimage.cli.options;
