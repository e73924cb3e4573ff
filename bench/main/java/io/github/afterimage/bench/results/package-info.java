/** What benchmarks found: kept as JSON, compared with a baseline, and drawn as a page. Knows no benchmark but by name. */
package io.github.afterimage.bench.results;
