/**
 * Results of commands as text, JSON and self-contained HTML pages with charts as inline SVG, legible in light and in dark.
 *
 * <p>Charts take their colours from the page, so one file serves both schemes.
 */
@NullMarked
package io.github.afterimage.experiments.report;

import org.jspecify.annotations.NullMarked;
