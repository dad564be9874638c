# Pencerenin söyledikleri. Her kimlik her dilde bulunur; bir test bunu denetler.

months-short = Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara
documents = { $n ->
   *[other] { $count } belge
}
revisions = { $n ->
   *[other] { $count } revizyon
}
planned = Planlandı
reason = Gerekçe
reason-note = Kütükte ve klasörün Excel dökümünde kalıcı olarak yer alır
status-none = Durum yok
by-whom = { $name }, { $when }
copied = Kopyalandı
undo = Geri al
undo-reason = Kaldırma geri alındı

# Açılış
opening = Projeleriniz açılıyor…
opening-failed = Projeleriniz açılamadı
opening-busy = ENGINUS burada zaten çalışıyor
opening-busy-detail = Bu klasör başka bir pencerede veya komut satırından başlatılmış bir hizmette açık. Orada kapatıp yeniden deneyin.
opening-retry = Yeniden dene
waiting-title = { $project } bekleniyor
waiting-detail = Davet saklandı. Projeyi taşıyan bir cihaza veya depoya ulaşıldığında ya da bir paket dosyası okunduğunda proje gelir.

# İlk açılış
first-title = ENGINUS’a hoş geldiniz
first-detail = Projenin her belgesi için kütük, revizyon ve gerekçe; kendi cihazlarınızda, bağlantı olsa da olmasa da.
first-who = Siz kimsiniz?
first-name = Adınız
first-organisation = Kuruluş
first-email = E-posta adresi
first-note = Bunları projelerinizin üyeleri görür. Başka kimseye bir şey gönderilmez, hesap açılmaz.
first-send = Devam
first-welcome = Hoş geldiniz, { $name }
first-project = Kendi projenizle başlayın ya da bir başkasının projesine katılın.
first-create = Proje oluşturun
first-create-detail = Projenin sahibi olur, klasörlerini seçer ve diğerlerini davet edersiniz.
first-join = Davetle katılın
first-join-detail = Size “enginus1” ile başlayan bir metin ya da onun kare kodu gönderildi.
first-import = Projeyi dosyayla getirin
first-import-detail = Ağ olmayan şantiyeler için: bir paket dosyası projeyi bu cihaza taşır.

# Gezinme
nav-documents = Belgeler
nav-project = Proje
nav-no-project = Proje seçin
nav-all = Tüm belgeler
nav-members = Üyeler
nav-sync = Cihazlar ve depolar
nav-notices = Bildirimler

# Üst
top-add = Ekle
top-invite = Davet et
top-export = Dökümü al
menu = Menü
search-hint = Numara, başlık, gerekçe, kişi ara…
search-name = Ara
search-clear = Aramayı temizle
theme-to-dark = Koyu temaya geç
theme-to-light = Açık temaya geç
language-to-turkish = Türkçe
language-to-english = English
language-english = English
language-turkish = Türkçe

# Kütük
register-name = Kütük
register-loading = Kütük okunuyor…
register-shown = { $all } belgeden { $shown } tanesi
register-attention = { $n ->
   *[other] { $count } belge ilgi bekliyor
}
register-arriving = { $n ->
   *[other] Anlık görüntüden gösteriliyor; { $count } kayıt henüz getiriliyor ve denetleniyor
}
register-removed = Kaldırılanlar
register-columns = Sütunlar
register-read-only = Salt okunur
register-empty = Burada henüz belge yok
register-empty-detail = Dosyaları bu pencereye bırakın ya da seçin. Numara, başlık ve revizyon dosya adından okunur.
register-empty-read-only = Bu klasörü okuyabilirsiniz. Birisi belge eklediğinde burada görünür.
register-no-match = Uyan belge yok
register-no-match-detail = Bu klasörde yazdığınız tüm sözcükleri içeren ya da açık süzgeçlerden geçen belge yok.
register-show-all = Tüm belgeleri göster
register-needs-attention = ilgi bekliyor
register-is-removed = kaldırıldı
sorted-up = { $column }, artan sırada
sorted-down = { $column }, azalan sırada
column-number = Numara
column-title = Başlık
column-revision = Revizyon
column-status = Durum
column-discipline = Disiplin
column-form = Tür
column-originator = Hazırlayan
column-path = Alt klasör
column-transmittal = Sevk no.
column-date_received = Geliş tarihi
column-planned_date = Planlanan tarih
column-actual_date = Gerçekleşen tarih
column-package = Paket
column-zone = Bölge
column-added_by = Ekleyen
column-added_at = Eklenme zamanı
column-reason = Gerekçe
column-file = Dosya adı
column-size = Boyut
column-sha256 = SHA-256
column-revisions = Revizyon sayısı

# Dosya nerede
file-safe = Bu cihazda ve başka yerde olduğu kanıtlandı
file-here-only = Şimdilik yalnızca bu cihazda
file-elsewhere = Bu cihazda değil; açılınca getirilir
file-fetching = Yolda: %{ $percent }
file-none = Henüz dosya yok
file-open = { $name } dosyasını aç
file-save = { $name } dosyasını farklı kaydet…
file-copy-digest = SHA-256 özetini kopyala

# Belge
document-close = Belgeyi kapat
document-open = Aç
document-save-as = Farklı kaydet…
document-revise = Revize et
document-edit = Düzenle
document-remove = Kaldır
document-restore = Geri getir
document-removed = Kütükten kaldırıldı
document-folder = Klasör
document-planned-detail = Planlandı. Henüz dosyası yok; ilk dosyayı eklemek için belgeyi revize edin.
conflict-field = { $field } aynı anda iki kişi tarafından değiştirildi
conflict-field-detail = Biri seçilene kadar iki değer de saklanır.
conflict-shown = Şimdilik gösterilen
conflict-by = Yazan: { $name }
conflict-keep = “{ $value }” kalsın
conflict-number = Bu numara başka bir belgede de var
conflict-number-detail = İkisi de saklandı. Birine kendi numarasını verin.
conflict-number-edit = Numarayı değiştir
conflict-revision = { $code } revizyonu iki kez yapıldı
conflict-revision-detail = İki kişi birbirinden habersiz yaptı. İkisi de saklandı; yeni bir revizyon hangisinin süreceğini belirler.

# Ekleme
add-title = Belge ekle
add-folder = Klasör
add-choose-files = Dosya seç…
add-choose-folder = Klasör seç…
add-drop = Dosyaları buraya bırakın ya da seçmek için tıklayın
add-file = Dosya
add-empty-file = boş
add-reason-hint = Bu belgelerin neden eklendiği; dökümde böyle yer alır
add-needs-reason = Gerekçe gerekli
add-send = { $n ->
   *[other] { $count } belge ekle
}
add-stop = Durdur
add-done = Tamam
add-again = Kalanları yeniden dene
add-summary = { $all } dosyadan { $added } eklendi, { $refused } reddedildi
add-is-safe = Bu cihazda güvende
add-not-added = Eklenmedi
add-leave-out = { $name } dışarıda kalsın
add-too-many = Bir defada { $most } dosyadan fazlası seçildi. İlkleri listelendi; kalanları sonra ekleyin.
drop-here = Kütüğe eklemek için bırakın
pick-files = Dosya seçin
pick-folder = Klasör seçin
pick-bucket = Depo olacak klasörü seçin
pick-bundle = Paket dosyası seçin
pick-place = Farklı kaydet

# Planlama, revizyon, düzenleme, kaldırma
plan-title = Belge planla
plan-detail = Dosyası olmadan önce kütükte ve dökümde yer alır.
plan-date-hint = 2027-03-31
plan-send = Planla
revise-title = Revizyon ekle
revise-no-file = Yeni revizyonun dosyasını seçin. Dosya adı önemli değildir; aynı içerik de kabul edilir.
revise-send = Revizyonu ekle
edit-title = Belgeyi düzenle
edit-send = Kaydet
remove-title = Kütükten kaldır
remove-detail = Hiçbir şey silinmez: belge, revizyonları ve dosyaları kalır; buraya yazabilen herkes geri getirebilir.
restore-title = Kütüğe geri getir
restore-detail = Belge tüm revizyonlarıyla geri gelir.
dialog-close = Kapat
dialog-cancel = Vazgeç
dialog-working = Bir saniye…

# Projeler
create-title = Proje oluştur
create-name = Proje adı
create-name-hint = Güneş enerjisi santrali, 12 MWp
create-template = Şablon
create-language = Projenin ve dökümlerin dili
create-bucket = Varsa depo
create-bucket-note = Mühürlü dosyaların yeri: bir klasör ya da adresiyle S3, Azure veya Google depolaması. Erişim bilgileri bu cihazda kalır.
create-bucket-folder = Klasör kullan…
create-buckets = Depolar
create-send = Projeyi oluştur
join-title = Projeye katıl
join-detail = Size verilen daveti yapıştırın. Bir davet, bir kişiyi bir projeye katar.
join-ticket = Davet
join-send = Katıl

# Davet
invite-title = Birini davet et
invite-detail = Daveti elinde tutan, burada seçtiğiniz görevle bir kez katılabilir.
invite-role = Görev
invite-folders = Klasörler
invite-all-folders = Görevin tüm klasörleri
invite-expiry = Davetin geçerliliği
invite-days = { $n ->
   *[other] { $count } gün
}
invite-forever = Süresiz
invite-until = { $when } tarihine kadar
invite-send = Daveti oluştur
invite-secret = Anahtar verir gibi teslim edin: elden ya da yalnızca onun okuyabileceği bir iletiyle.
invite-picture = Davetin kare kodu
invite-drawing = Kare kod çiziliyor…
invite-too-long = Bu davet tek bir kare koda sığmıyor. Metni verin.
invite-text = Metin olarak davet
invite-copy = Daveti kopyala

# Üyeler
members-empty = Henüz üye yok
members-empty-detail = Liste ilk alışverişle gelir.
members-me = Siz
members-organisation = Kuruluş
members-email = E-posta
members-devices = Cihazlar
members-device = Cihaz
members-note = Adlar kişilerin yazdığı gibidir; cihazın yanındaki kısa anahtar aynı adlıları ayırır.

# Paylaşım
sync-promise = “Eşit” ancak karşı taraf aynısını taşıdığını kanıtlayınca söylenir.
sync-now = Şimdi eşitle
sync-export-bundle = Paket yaz…
sync-import-bundle = Paket oku…
sync-devices = Cihazlar
sync-no-devices = Henüz başka cihaz yok. Birini davet edin ya da ikinci cihazla katılın.
sync-buckets = Depolar
sync-no-buckets = Bu projenin deposu yok. Dosyalar cihazdan cihaza doğrudan gider.
sync-addresses = Bu cihaza ulaşılan adresler
sync-in-sync = Eşit
sync-exchanging = Alışverişte
sync-not-connected = Bağlı değil
sync-reachable = Ulaşılıyor
sync-problem = Sorun
sync-never = Henüz hiç eşit olmadı
sync-last = Son eşitlik: { $when }
sync-unsent = { $n ->
   *[other] { $count } değişiklik yalnızca bu cihazda
}
sync-unsent-detail = Burada güvendeler; ilk alışverişte gönderilirler.

# Alt
status-in-sync = { $n ->
   *[other] { $count } cihazla eşit
}
status-connected = { $n ->
   *[other] { $count } cihazla alışverişte
}
status-in-bucket = Her şey depoda
status-alone = Bağlı başka cihaz yok
status-transfers = { $n ->
   *[other] { $count } dosya yolda
}
status-notices = { $n ->
   *[other] { $count } bildirim
}
status-cancel = Durdur
doing-add = Ekleniyor
doing-fetch = Getiriliyor
doing-export = Yazılıyor
doing-import = Okunuyor
doing-sync = Alışverişte
doing-other = Çalışıyor

# Bildirimler
notices-empty = Bildirilecek bir şey yok
notices-empty-detail = Depoyla ilgili bir sorun, anahtar bekleyen değişiklikler ya da kopyalanmış bir klasör olsaydı burada yazardı.
notices-session = Pencere açıldığından beri
notice-quarantine = Zararlı değişiklikler ayrıldı
notice-fork = Bir klasör kopyalandı ya da yedekten döndürüldü
notice-waiting = Bekleyen var
notice-trouble = Sorun
toast-close = İletiyi kapat
system-refused = Sistem reddetti
told-added = { $n ->
   *[other] { $count } belge eklendi
}
told-refused = { $n ->
   *[other] { $count } dosya reddedildi
}
told-planned = Belge planlandı
told-revised = Revizyon eklendi
told-edited = Belge değiştirildi
told-settled = Karara bağlandı
told-removed = Kütükten kaldırıldı
told-restored = Kütüğe geri getirildi
told-saved = Kaydedildi ve denetlendi
told-exported = { $n ->
   *[other] Döküm yazıldı, { $count } satır
}
told-bundle-written = Paket yazıldı
told-bundle-read = Paket okundu
told-joined = Katıldınız
told-pending = Davet saklandı; proje henüz gelmedi
told-in-sync = { $n ->
   *[other] { $count } tarafla eşit
}
told-nobody = Kimseye ulaşılamadı
told-not-yet = Henüz eşit değil

# Retler
failure-invalid = Bu kullanılamaz
failure-not-found = Bulunamadı
failure-ambiguous = Birden fazlası uyuyor
failure-not-allowed = İzin yok
failure-conflict = Zaten var ya da bu arada değişti
failure-bad-input = Okunamadı
failure-storage = Disk reddetti
failure-unreachable = Kimseye ulaşılamadı
failure-busy = Başka yerde kullanılıyor
failure-cancelled = Durduruldu
failure-internal = Burada bir şey ters gitti

# Palet ve yardım
palette-title = Ne yapmak istersiniz?
palette-hint = Adının bir parçasını yazın
palette-nothing = Bu adla şimdi yapılabilecek bir şey yok.
help-title = Tuşlar
help-register = Kütükte
help-register-keys = Oklar, Page Up, Page Down, Home ve End gezdirir; Enter dosyayı açar; Escape belgeyi kapatır. Sütun başlığına tıklamak sıralar; Shift ile kendi içinde sıralar.
action-add-documents = Belge ekle
action-plan-document = Dosyasız belge planla
action-search = Ara
action-open-file = Dosyayı aç
action-save-as = Dosyayı farklı kaydet…
action-revise = Revizyon ekle
action-edit-document = Belgeyi düzenle
action-remove-document = Belgeyi kaldır ya da geri getir
action-invite = Birini davet et
action-export-log = Klasörün dökümünü Excel’e al
action-sync-now = Şimdi eşitle
action-export-bundle = Projeyi paket dosyasına yaz
action-import-bundle = Paket dosyası oku
action-create-project = Proje oluştur
action-join-project = Davetle projeye katıl
action-toggle-attention = Yalnızca ilgi bekleyenleri ya da tümünü göster
action-toggle-removed = Kaldırılanları göster ya da gizle
action-show-register = Kütüğü göster
action-show-members = Üyeleri göster
action-show-sync = Cihazları ve depoları göster
action-show-notices = Bildirimleri göster
action-switch-language = İngilizce ile Türkçe arasında geç
action-switch-theme = Açık ile koyu arasında geç
action-palette = Bir işi adıyla bul
action-help = Tuşları göster
