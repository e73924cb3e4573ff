/**
 * Self-contained HTML pages with charts as inline SVG, legible in light and in dark.
 *
 * <p>Imports nothing of the project. Charts take their colours from the page, so that one file serves both schemes.
 */
package io.github.afterimage.experiments.report;
