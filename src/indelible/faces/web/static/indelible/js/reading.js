// How far somebody has read: a chapter counts once its heading or its text was in sight for a moment. Kept on the server for the next device.
const text = document.querySelector("[data-reach]");
const MOMENT = 800, QUIET = 1500;

if (text) {
  const chapters = [...text.querySelectorAll('h2[id^="s-"]')];
  const open = new Set(), told = new Set();
  let place = "", toldPlace = "", waiting = 0;

  // The chapter of a block is the last heading before it.
  const chapterOf = (block) => {
    const before = chapters.filter((one) => one === block || one.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING);
    return before.at(-1);
  };

  const tell = (keepalive) => {
    clearTimeout(waiting);
    const news = [...open].filter((one) => !told.has(one));
    if (!news.length && place === toldPlace) return;
    const body = new FormData(document.querySelector("[data-reach-form]"));
    body.append("opened", [...new Set([...news, place])].join(","));
    body.append("place", place);
    toldPlace = place;
    for (const one of news) told.add(one);
    fetch(text.dataset.reach, { method: "POST", body, keepalive }).catch(() => news.forEach((one) => told.delete(one)));
  };

  const watched = new Map();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(watched.get(target));
      if (!isIntersecting) continue;
      watched.set(target, setTimeout(() => {
        const chapter = chapterOf(target);
        if (!chapter) return;
        open.add(chapter.id);
        place = chapter.id;
        clearTimeout(waiting);
        waiting = setTimeout(tell, QUIET);
      }, MOMENT));
    }
  }, { rootMargin: "-10% 0px -20% 0px" });
  for (const block of text.children) observer.observe(block);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") tell(true); });
}
