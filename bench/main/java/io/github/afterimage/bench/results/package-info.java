/** Results of benchmarks: kept as JSON, compared with a baseline, and drawn as a page. Knows benchmarks by name only. */
package io.github.afterimage.bench.results;
