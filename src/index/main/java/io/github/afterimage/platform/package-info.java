/** Native libraries, native memory with its lifetime, and files that appear whole: the services that every other package uses. */
package io.github.afterimage.platform;
