package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.RequestException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.BufferUtil;
import org.jspecify.annotations.Nullable;

/** Finds the picture in a body: the body itself, or the only part of a form. */
final class Picture implements MultiPart.Parser.Listener {
    private final List<ByteArrayOutputStream> parts = new ArrayList<>();
    private boolean complete;

    private Picture() {}

    /**
     * Returns the file of the picture.
     *
     * @param type the content type of the body
     * @throws RequestException if the picture is empty, or the body is a form, and not one of one part
     */
    static byte[] in(byte[] body, @Nullable String type) {
        String boundary = type == null ? null : MultiPart.extractBoundary(type);
        if (boundary == null) {
            return required(body);
        }
        Picture form = new Picture();
        new MultiPart.Parser(boundary, form).parse(Content.Chunk.from(ByteBuffer.wrap(body), true));
        if (!form.complete || form.parts.size() != 1) {
            throw RequestException.bad("the form has " + form.parts.size() + " parts"
                    + (form.complete ? "" : " and no end") + ": expected one, the file of a picture");
        }
        return required(form.parts.get(0).toByteArray());
    }

    private static byte[] required(byte[] picture) {
        if (picture.length == 0) {
            throw RequestException.bad("the body is empty: expected the file of a picture");
        }
        return picture;
    }

    @Override
    public void onPartBegin() {
        parts.add(new ByteArrayOutputStream());
    }

    @Override
    public void onPartContent(Content.Chunk chunk) {
        parts.get(parts.size() - 1).writeBytes(BufferUtil.toArray(chunk.getByteBuffer()));
    }

    @Override
    public void onComplete() {
        complete = true;
    }
}
