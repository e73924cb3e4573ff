package io.github.afterimage.serving;

import io.github.afterimage.platform.Shared;

/** Closes a source when its last user has released it. Created with one user. */
final class HeldSource<W> extends Shared {
    final Source<W> source;

    HeldSource(Source<W> source) {
        this.source = source;
        retain();
    }

    @Override
    public void close() {
        source.close();
    }
}
