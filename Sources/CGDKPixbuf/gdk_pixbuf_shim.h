// The few functions of gdk-pixbuf and GLib that are called, declared by hand: their own headers lie in folders that
// only pkg-config knows, and its flags for GLib are none that the package manager lets through.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct SparringPixbuf SparringPixbuf;
typedef struct SparringPixbufLoader SparringPixbufLoader;

// GLib's GError.
typedef struct {
  uint32_t domain;
  int code;
  char *message;
} SparringGError;

SparringPixbufLoader *gdk_pixbuf_loader_new(void);
int gdk_pixbuf_loader_write(SparringPixbufLoader *loader, const uint8_t *bytes, size_t count, SparringGError **error);
int gdk_pixbuf_loader_close(SparringPixbufLoader *loader, SparringGError **error);
SparringPixbuf *gdk_pixbuf_loader_get_pixbuf(SparringPixbufLoader *loader);
SparringPixbuf *gdk_pixbuf_apply_embedded_orientation(SparringPixbuf *pixbuf);
int gdk_pixbuf_get_width(const SparringPixbuf *pixbuf);
int gdk_pixbuf_get_height(const SparringPixbuf *pixbuf);
int gdk_pixbuf_get_n_channels(const SparringPixbuf *pixbuf);
int gdk_pixbuf_get_rowstride(const SparringPixbuf *pixbuf);
int gdk_pixbuf_get_has_alpha(const SparringPixbuf *pixbuf);
const uint8_t *gdk_pixbuf_read_pixels(const SparringPixbuf *pixbuf);
void g_object_unref(void *object);
void g_error_free(SparringGError *error);
